"""Why somebody gets nothing, or not yet: one word per reason in the ledger, one sentence on screens."""

REASONS: dict[str, str] = {
    # skipped: nothing will be sent
    "had_before": "Đã có tài khoản ASXH từ trước, không cần nhắn.",
    "done": "Đã làm xong việc của đợt này, không cần nhắn nữa.",
    "stopped": "Người này đã đề nghị dừng nhận tin.",
    "refused": "Đã trả lời tại nhà là chưa muốn làm; không nhắn nữa trong đợt này.",
    "closed": "Không còn trong danh sách quản lý của xã.",
    "no_channel": "Chưa có cách liên lạc nào trong các kênh đã chọn.",
    "visit": "Không nhắn tin; có tên trong danh sách đến nhà.",
    "holdout": "Được bốc thăm vào nhóm đối chứng mà tỉnh đã cho phép; không nhắn trong đợt này.",
    "window_over": "Đợt vận động đã kết thúc.",
    "answered": "Đã trả lời tin trước; tin này chỉ nhắc người chưa trả lời.",
    "silent": "Chưa trả lời tin trước; tin này chỉ dành cho người có trả lời.",
    "not_stuck": "Không báo “Chưa được”; tin này chỉ dành cho người gặp khó.",
    "too_late": "Tin rơi sau ngày cuối của đợt, không kịp gửi.",
    "cancelled": "Đợt vận động đã hủy.",
    # held: not yet
    "before_start": "Chưa đến ngày bắt đầu đợt.",
    "not_announced": "Chờ thông báo của UBND được ký, niêm yết, phát loa ít nhất hai lần và báo các trưởng khu.",
    "handed_over": "Đang chờ công an, ngân hàng hoặc nơi chi trả giúp; chưa nhắc lại.",
    "session_full": "Các buổi hỗ trợ của khu đã đủ người; chờ xã xếp thêm buổi.",
    "turn": "Chưa đến lượt khu dân cư này; thứ tự các khu do bốc thăm.",
    "wave": "Chờ đến gần buổi hỗ trợ của khu dân cư.",
    "quiet_hours": "Ngoài giờ nhắn tin hoặc ngày nghỉ lễ; sẽ nhắn vào giờ cho phép kế tiếp.",
    "cap_person": "Người này đã nhận đủ số tin trong ngày hoặc trong tuần.",
    "cap_phone": "Máy này đã nhận đủ số tin trong ngày hoặc trong tuần.",
    "busy": "Đang trò chuyện dở với trợ lý tự động; không chen ngang.",
    "budget": "Đã hết kinh phí dự kiến của đợt.",
    "channel_off": "Kênh của người này đang tắt và không còn kênh nào khác; sẽ gửi khi bật lại.",
    "later": "Nhà mạng hẹn gửi lại sau.",
    # failed
    "recipient": "Kênh báo không gửi được cho người này (chưa dùng, đã chặn hoặc số không đúng).",
    "payload": "Kênh từ chối nội dung tin; cần sửa nội dung.",
    "config": "Tài khoản gửi chưa thiết lập đúng; cần người quản trị xem lại.",
    "billing": "Tài khoản gửi hết tiền hoặc hết hạn mức.",
    # unknown
    "lost": "Mất kết nối đúng lúc gửi, không rõ đã tới chưa; không tự gửi lại để tránh nhắn hai lần.",
    "restored": "Vừa khôi phục từ bản sao lưu: không rõ máy cũ đã gửi tin này chưa; không tự gửi lại.",
    "received": "Kênh đã báo tin tới máy; hệ thống đang ghi lại.",
    "": "Đang chờ tới lượt gửi.",
}
