"""What acronyms, letters, units and document codes are called aloud. Tables only, and how a syllable looks.

Sources: NĐ 30/2020/NĐ-CP (abbreviations of document types and issuing bodies); common use in communes' texts.
"""

from __future__ import annotations

import re
import unicodedata

_MARKED = [chr(code) for code in (*range(0xC0, 0x1B1), *range(0x1EA0, 0x1EFA))]
UPPER = "A-Z" + "".join(c for c in _MARKED if c.isupper())  # for character classes
LOWER = "a-z" + "".join(c for c in _MARKED if c.islower())

LETTERS = {
    "A": "a", "Ă": "á", "Â": "ớ", "B": "bê", "C": "xê", "D": "dê", "Đ": "đê", "E": "e", "Ê": "ê", "F": "ép",
    "G": "giê", "H": "hát", "I": "i", "J": "di", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "Ô": "ô",
    "Ơ": "ơ", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét", "T": "tê", "U": "u", "Ư": "ư", "V": "vê",
    "W": "vê kép", "X": "ích", "Y": "i dài", "Z": "dét",
}  # fmt: skip

# Said in full. Capitals as in running text: bodies have them, things do not.
ACRONYMS = {
    # bodies
    "UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "MTTQ": "Mặt trận Tổ quốc",
    "UBMTTQ": "Ủy ban Mặt trận Tổ quốc", "UBMT": "Ủy ban Mặt trận", "BCĐ": "Ban Chỉ đạo", "BTC": "Ban Tổ chức",
    "BCH": "Ban Chấp hành", "BQL": "Ban Quản lý", "BĐH": "Ban Điều hành", "CP": "Chính phủ",
    "TTg": "Thủ tướng Chính phủ", "TW": "Trung ương", "TƯ": "Trung ương", "QH": "Quốc hội",
    "ĐBQH": "đại biểu Quốc hội", "CA": "Công an", "CATP": "Công an thành phố", "CSGT": "Cảnh sát giao thông",
    "CSKV": "cảnh sát khu vực", "TAND": "Tòa án nhân dân", "VKSND": "Viện kiểm sát nhân dân",
    "NHNN": "Ngân hàng Nhà nước", "NHCSXH": "Ngân hàng Chính sách xã hội", "LHPN": "Liên hiệp Phụ nữ",
    "HLHPN": "Hội Liên hiệp Phụ nữ", "CCB": "Cựu chiến binh", "HCCB": "Hội Cựu chiến binh", "ND": "nhân dân",
    "HCTĐ": "Hội Chữ thập đỏ", "ĐTN": "Đoàn Thanh niên", "TNCS": "Thanh niên Cộng sản", "MTTQVN":
    "Mặt trận Tổ quốc Việt Nam", "TTXVN": "Thông tấn xã Việt Nam", "TCT": "Tổ công tác", "BCA": "Bộ Công an",
    "BYT": "Bộ Y tế", "BNV": "Bộ Nội vụ", "VPCP": "Văn phòng Chính phủ", "VP": "văn phòng", "SYT": "Sở Y tế",
    "KBNN": "Kho bạc Nhà nước", "BHXHVN": "Bảo hiểm xã hội Việt Nam", "TYT": "Trạm Y tế", "NVH": "nhà văn hóa",
    "TTPVHCC": "Trung tâm Phục vụ hành chính công", "PVHCC": "Phục vụ hành chính công", "HCC": "hành chính công",
    "CNSCĐ": "công nghệ số cộng đồng", "TCNSCĐ": "Tổ công nghệ số cộng đồng",
    # places
    "TP": "Thành phố", "HCM": "Hồ Chí Minh", "TPHCM": "Thành phố Hồ Chí Minh", "HN": "Hà Nội", "VN": "Việt Nam",
    "CHXHCN": "Cộng hòa xã hội chủ nghĩa", "XHCN": "xã hội chủ nghĩa", "TX": "Thị xã", "KP": "khu phố",
    "TDP": "tổ dân phố", "KDC": "khu dân cư", "KCN": "khu công nghiệp", "KĐT": "khu đô thị", "KV": "khu vực",
    "QL": "quốc lộ", "TL": "tỉnh lộ", "HL": "hương lộ", "ĐBSCL": "Đồng bằng sông Cửu Long", "TT": "trung tâm",
    # policies and papers
    "CCCD": "căn cước công dân", "CC": "căn cước", "CMND": "chứng minh nhân dân", "CMT": "chứng minh thư",
    "ASXH": "an sinh xã hội", "BHXH": "bảo hiểm xã hội", "BHYT": "bảo hiểm y tế", "BHTN": "bảo hiểm thất nghiệp",
    "BTXH": "bảo trợ xã hội", "TGXH": "trợ giúp xã hội", "HTXH": "hưu trí xã hội", "NCC": "người có công",
    "NCT": "người cao tuổi", "NKT": "người khuyết tật", "ĐBKK": "đặc biệt khó khăn", "DTTS": "dân tộc thiểu số",
    "LĐTBXH": "Lao động Thương binh và Xã hội", "TBXH": "Thương binh và Xã hội", "TBLS": "thương binh liệt sĩ",
    "TTHC": "thủ tục hành chính", "DVC": "dịch vụ công", "DVCTT": "dịch vụ công trực tuyến", "XH": "xã hội",
    "CNTT": "công nghệ thông tin", "CĐS": "chuyển đổi số", "KHCN": "khoa học công nghệ", "KTXH": "kinh tế xã hội",
    "VHXH": "văn hóa xã hội", "VHTT": "văn hóa thể thao", "TTTT": "Thông tin và Truyền thông",
    "VHTTDL": "Văn hóa, Thể thao và Du lịch", "GDĐT": "Giáo dục và Đào tạo", "ANTT": "an ninh trật tự",
    "TTATXH": "trật tự an toàn xã hội", "ATGT": "an toàn giao thông", "PCCC": "phòng cháy chữa cháy",
    "CNCH": "cứu nạn cứu hộ", "PCTT": "phòng chống thiên tai", "TKCN": "tìm kiếm cứu nạn", "NTM": "nông thôn mới",
    "VSATTP": "vệ sinh an toàn thực phẩm", "ATTP": "an toàn thực phẩm", "VSMT": "vệ sinh môi trường",
    "BVMT": "bảo vệ môi trường", "SXH": "sốt xuất huyết", "NSNN": "ngân sách nhà nước", "QSDĐ":
    "quyền sử dụng đất", "GCN": "giấy chứng nhận", "GPLX": "giấy phép lái xe", "GPMB": "giải phóng mặt bằng",
    "HĐLĐ": "hợp đồng lao động", "NVQS": "nghĩa vụ quân sự", "ĐKKD": "đăng ký kinh doanh", "MN": "mầm non",
    "THCS": "trung học cơ sở", "THPT": "trung học phổ thông", "TH": "tiểu học", "ĐH": "đại học", "HS": "học sinh",
    "HTX": "hợp tác xã", "TNHH": "trách nhiệm hữu hạn", "DN": "doanh nghiệp", "NH": "ngân hàng", "TK": "tài khoản",
    "STK": "số tài khoản", "CK": "chuyển khoản", "SĐT": "số điện thoại", "SDT": "số điện thoại",
    "ĐTDĐ": "điện thoại di động", "ĐT": "điện thoại", "STT": "số thứ tự", "ĐC": "địa chỉ", "CBCC":
    "cán bộ công chức", "CBCCVC": "cán bộ, công chức, viên chức", "CQ": "cơ quan", "ĐV": "đơn vị", "QLNN":
    "quản lý nhà nước", "KHKT": "khoa học kỹ thuật", "KHHGĐ": "kế hoạch hóa gia đình", "TDTT": "thể dục thể thao",
    "VHVN": "văn hóa văn nghệ", "CLB": "câu lạc bộ", "BV": "bệnh viện", "PTTH": "phát thanh truyền hình",
    "CN": "chủ nhật", "TTCS": "thông tin cơ sở", "ĐKTT": "đăng ký thường trú", "VSTBPN":
    "vì sự tiến bộ phụ nữ", "TTCN": "tiểu thủ công nghiệp", "GTGT": "giá trị gia tăng", "TNCN":
    "thu nhập cá nhân", "XDCB": "xây dựng cơ bản", "BĐBP": "Bộ đội Biên phòng", "QP": "quốc phòng",
    "QPAN": "quốc phòng an ninh", "GTVT": "giao thông vận tải", "TNMT": "tài nguyên môi trường",
    "NNPTNT": "nông nghiệp và phát triển nông thôn", "NN": "nhà nước", "ĐVHC": "đơn vị hành chính",
    "QPPL": "quy phạm pháp luật", "CSDL": "cơ sở dữ liệu", "KCB": "khám chữa bệnh", "KBCB": "khám bệnh, chữa bệnh",
    "LLVT": "lực lượng vũ trang", "BVTQ": "bảo vệ Tổ quốc", "BMVNAH": "Bà mẹ Việt Nam anh hùng", "HCN": "hộ cận nghèo",
    "VNAH": "Việt Nam anh hùng", "TBB": "thương bệnh binh", "CĐHH": "chất độc hóa học", "CĐDC": "chất độc da cam",
    "GKS": "giấy khai sinh", "CTXH": "công tác xã hội", "BGH": "ban giám hiệu", "SGK": "sách giáo khoa",
    "GV": "giáo viên", "PHHS": "phụ huynh học sinh", "NHTM": "ngân hàng thương mại", "TCTD": "tổ chức tín dụng",
    "XKLĐ": "xuất khẩu lao động", "TNXP": "thanh niên xung phong", "TGĐ": "tổng giám đốc", "HĐQT":
    "hội đồng quản trị", "CTCP": "công ty cổ phần", "GDTX": "giáo dục thường xuyên", "TNLĐ": "tai nạn lao động",
    "ATVSLĐ": "an toàn vệ sinh lao động", "BVCSGDTE": "bảo vệ, chăm sóc, giáo dục trẻ em", "TE": "trẻ em",
    "LĐ": "lao động", "MTQG": "mục tiêu quốc gia", "CTMTQG": "chương trình mục tiêu quốc gia", "KTTT":
    "kinh tế tập thể", "QHSDĐ": "quy hoạch sử dụng đất", "KT": "kinh tế", "DQTV": "dân quân tự vệ", "TTVH":
    "trung tâm văn hóa", "GPXD": "giấy phép xây dựng", "ĐKKH": "đăng ký kết hôn", "ANCT": "an ninh chính trị",
    "ANQP": "an ninh quốc phòng", "TNGT": "tai nạn giao thông", "ĐVTN": "đoàn viên thanh niên", "TTĐT":
    "thông tin điện tử", "HTTT": "hệ thống thông tin", "CTTĐT": "Cổng thông tin điện tử",
    "PTNT": "phát triển nông thôn",
    "CAP": "Công an phường", "CAX": "Công an xã", "BTG": "Ban Tuyên giáo", "BTGTW": "Ban Tuyên giáo Trung ương",
    "VT": "văn thư", "GD": "giáo dục", "KHTC": "kế hoạch tài chính", "BTV": "Ban Thường vụ", "NLĐ": "người lao động",
    "TGPL": "trợ giúp pháp lý", "HGĐ": "hộ gia đình", "BĐ": "bưu điện", "BĐVHX": "bưu điện văn hóa xã",
    # farming, health, schools, unions, land, disasters
    "LMLM": "lở mồm long móng", "DTLCP": "dịch tả lợn châu Phi", "BVTV": "bảo vệ thực vật", "XNM": "xâm nhập mặn",
    "HTXNN": "hợp tác xã nông nghiệp", "GTNT": "giao thông nông thôn", "CTTL": "công trình thủy lợi",
    "KTTV": "khí tượng thủy văn", "ATNĐ": "áp thấp nhiệt đới", "PCLB": "phòng chống lụt bão",
    "HPV": "hát pê vê", "TTYT": "Trung tâm Y tế", "BVĐK": "bệnh viện đa khoa", "PKĐK": "phòng khám đa khoa",
    "UB": "Ủy ban", "CHQS": "Chỉ huy quân sự",
    "CSKH": "chăm sóc khách hàng", "CTĐ": "Chữ thập đỏ",
    "CSSK": "chăm sóc sức khỏe", "SKSS": "sức khỏe sinh sản", "HLV": "huấn luyện viên", "VĐV": "vận động viên",
    "HSSV": "học sinh, sinh viên", "CMHS": "cha mẹ học sinh", "GVCN": "giáo viên chủ nhiệm", "PCGD": "phổ cập giáo dục",
    "XMC": "xóa mù chữ", "TTHTCĐ": "Trung tâm Học tập cộng đồng", "CBCNV": "cán bộ, công nhân viên",
    "CNVC": "công nhân, viên chức", "CNVCLĐ": "công nhân, viên chức, lao động", "LĐLĐ": "Liên đoàn Lao động",
    "CĐCS": "công đoàn cơ sở", "HND": "Hội Nông dân", "TNTP": "Thiếu niên Tiền phong", "PN": "phụ nữ",
    "TN": "thanh niên", "UBBC": "Ủy ban bầu cử", "BCHQS": "Ban Chỉ huy Quân sự", "ĐU": "Đảng ủy",
    "HĐNVQS": "Hội đồng Nghĩa vụ quân sự", "TĐKT": "thi đua khen thưởng", "GĐVH": "gia đình văn hóa",
    "QTDND": "Quỹ tín dụng nhân dân", "GCNQSDĐ": "giấy chứng nhận quyền sử dụng đất", "TĐC": "tái định cư",
    "VPĐK": "văn phòng đăng ký", "KKT": "khu kinh tế", "CCN": "cụm công nghiệp", "CTR": "chất thải rắn",
    "SXKD": "sản xuất kinh doanh", "PCTP": "phòng chống tội phạm", "PCMT": "phòng chống ma túy",
    "TNXH": "tệ nạn xã hội", "BLGĐ": "bạo lực gia đình", "BĐG": "bình đẳng giới", "QLHC": "quản lý hành chính",
    "DVCQG": "dịch vụ công quốc gia", "CSDLQG": "cơ sở dữ liệu quốc gia", "ĐDCN": "định danh cá nhân",
    "ĐDĐT": "định danh điện tử", "BCCI": "bưu chính công ích", "KDTM": "không dùng tiền mặt",
    "TCXH": "trợ cấp xã hội", "BHXHTN": "bảo hiểm xã hội tự nguyện", "ANTQ": "an ninh Tổ quốc",
    "ÂL": "âm lịch",
    "SK": "sức khỏe", "KSK": "khám sức khỏe", "HSSK": "hồ sơ sức khỏe", "CSSKBĐ": "chăm sóc sức khỏe ban đầu",
    "TCMR": "tiêm chủng mở rộng", "YTDP": "y tế dự phòng", "YTCS": "y tế cơ sở", "NVYT": "nhân viên y tế",
    "SDD": "suy dinh dưỡng", "HMTN": "hiến máu tình nguyện", "GQVL": "giải quyết việc làm",
    "CNLĐ": "công nhân lao động", "LĐNT": "lao động nông thôn", "THADS": "thi hành án dân sự",
    "CBCS": "cán bộ, chiến sĩ", "CCVC": "công chức, viên chức", "CBQL": "cán bộ quản lý",
    "QLTT": "quản lý thị trường", "NSG": "ngày sau gieo", "NSC": "ngày sau cấy", "SXNN": "sản xuất nông nghiệp",
    "NTTS": "nuôi trồng thủy sản", "BVR": "bảo vệ rừng", "PCCCR": "phòng cháy chữa cháy rừng",
    "QLBVR": "quản lý bảo vệ rừng", "KTNN": "kinh tế nông nghiệp", "ATSH": "an toàn sinh học", "OCOP": "ô cốp",
    "VTNN": "vật tư nông nghiệp", "GSGC": "gia súc, gia cầm", "KHSX": "kế hoạch sản xuất", "KCHT": "kết cấu hạ tầng",
    "HTKT": "hạ tầng kỹ thuật", "CSHT": "cơ sở hạ tầng", "CSVC": "cơ sở vật chất", "QLDA": "quản lý dự án",
    "BQLDA": "Ban Quản lý dự án", "ĐTXD": "đầu tư xây dựng", "ĐTC": "đầu tư công", "QHXD": "quy hoạch xây dựng",
    "XDNTM": "xây dựng nông thôn mới", "NTMNC": "nông thôn mới nâng cao", "NTMKM": "nông thôn mới kiểu mẫu",
    "QSD": "quyền sử dụng", "SDĐ": "sử dụng đất", "HKTT": "hộ khẩu thường trú", "ĐKKS": "đăng ký khai sinh",
    "ĐKKT": "đăng ký khai tử", "VPHC": "vi phạm hành chính", "XPHC": "xử phạt hành chính",
    "XLVPHC": "xử lý vi phạm hành chính", "KNTC": "khiếu nại, tố cáo", "TCD": "tiếp công dân",
    "QCDC": "quy chế dân chủ", "TTND": "thanh tra nhân dân", "GSĐTCĐ": "giám sát đầu tư của cộng đồng",
    "ĐVSN": "đơn vị sự nghiệp", "TNTKQ": "tiếp nhận và trả kết quả", "NSĐP": "ngân sách địa phương",
    "NSTW": "ngân sách trung ương", "XĐGN": "xóa đói giảm nghèo", "GNBV": "giảm nghèo bền vững", "XHH": "xã hội hóa",
    "PCTNTE": "phòng chống tai nạn thương tích trẻ em", "BVTE": "bảo vệ trẻ em",
    "PCBLGĐ": "phòng chống bạo lực gia đình", "ATVSTP": "an toàn vệ sinh thực phẩm",
    "CTRSH": "chất thải rắn sinh hoạt", "RTSH": "rác thải sinh hoạt", "VSATLĐ": "vệ sinh an toàn lao động",
    "BHXHBB": "bảo hiểm xã hội bắt buộc", "BHYTHGĐ": "bảo hiểm y tế hộ gia đình", "TKVV": "tiết kiệm và vay vốn",
    "UBKT": "Ủy ban Kiểm tra", "HĐBC": "Hội đồng bầu cử", "ĐUV": "Đảng ủy viên", "BCHĐB": "Ban Chấp hành Đảng bộ",
    "LHTN": "Liên hiệp Thanh niên", "TTHĐND": "Thường trực Hội đồng nhân dân", "CTUBND": "Chủ tịch Ủy ban nhân dân",
    "BTT": "Ban Thường trực", "BCHQSX": "Ban Chỉ huy Quân sự xã",
    "NHNNPTNT": "Ngân hàng Nông nghiệp và Phát triển nông thôn", "TKCNPTDS": "tìm kiếm cứu nạn và phòng thủ dân sự",
    "PTDS": "phòng thủ dân sự", "DBĐV": "dự bị động viên", "QNDB": "quân nhân dự bị",
    "ANTTCS": "an ninh trật tự cơ sở", "BVANTT": "bảo vệ an ninh trật tự", "TTATGT": "trật tự an toàn giao thông",
    "TTCC": "trật tự công cộng", "TCTK": "Tổng cục Thống kê", "TĐTDS": "tổng điều tra dân số",
    "NTL": "nghĩa trang liệt sĩ", "VBQPPL": "văn bản quy phạm pháp luật", "PBGDPL": "phổ biến, giáo dục pháp luật",
    "HGCS": "hòa giải ở cơ sở", "TTLL": "thông tin liên lạc", "GDMN": "giáo dục mầm non",
    # ranks and titles
    "PTP": "phó trưởng phòng", "BTCU": "bí thư chi ủy", "TTCM": "tổ trưởng chuyên môn",
    "CT": "chủ tịch", "PCT": "phó chủ tịch", "GĐ": "giám đốc", "PGĐ": "phó giám đốc", "BT": "bí thư",
    "PBT": "phó bí thư", "ThS": "thạc sĩ", "TS": "tiến sĩ", "PGS": "phó giáo sư", "GS": "giáo sư", "BS": "bác sĩ",
    "BSCKI": "bác sĩ chuyên khoa một", "NSND": "nghệ sĩ nhân dân", "NSƯT": "nghệ sĩ ưu tú",
    # document types, standing alone
    "NQ": "Nghị quyết", "NĐ": "Nghị định", "QĐ": "Quyết định", "KH": "kế hoạch", "CV": "công văn", "BC": "báo cáo",
    "TB": "thông báo", "TTr": "tờ trình", "CĐ": "công điện", "HD": "hướng dẫn",
    # money
    "VNĐ": "đồng", "VND": "đồng", "USD": "đô la Mỹ", "EUR": "ơ rô",
    # said by their letters or as people say them
    "VNeID": "vê nờ e ai đi", "OTP": "ô tê pê", "SMS": "ét em ét", "QR": "quy rờ", "ATM": "a tê em",
    "ID": "ai đi", "PIN": "pin", "SIM": "sim", "VIP": "víp", "TV": "ti vi", "IT": "ai ti", "AI": "ây ai",
    "GPS": "giê pê ét", "USB": "u ét bê", "HIV": "hát i vê", "AIDS": "ết", "ADN": "a đê en", "PDF": "pê đê ép",
    "APK": "a pê ca", "SOS": "ét ô ét", "ASEAN": "A xê an", "UNESCO": "U nét xcô", "UNICEF": "U ni xép",
    "COVID": "cô vít", "WHO": "Tổ chức Y tế Thế giới", "VNPT": "vê nờ pê tê", "FPT": "ép pê tê",
    "BIDV": "bê i đê vê", "VTV": "vê tê vê", "VOV": "vê ô vê", "EVN": "e vê nờ", "NFC": "nờ ép xê",
    "CCTV": "xê xê tê vê", "MB": "em bê", "ACB": "a xê bê", "OA": "ô a", "LED": "lét", "WIFI": "oai phai",
    "eKYC": "e ca i xê", "eID": "e ai đi", "iOS": "ai ô ét",
    "FM": "ép em", "DVB": "đê vê bê", "BOT": "bê ô tê", "CEO": "xê i ô", "OK": "ô kê",
    # brands that papers print in capitals
    "ZALO": "Zalo", "TELEGRAM": "Telegram", "FACEBOOK": "Facebook", "AGRIBANK": "Agribank", "VIETTEL": "Viettel",
    "MOBIFONE": "MobiFone", "VINAPHONE": "VinaPhone", "VIETCOMBANK": "Vietcombank", "VIETINBANK": "VietinBank",
    "SACOMBANK": "Sacombank", "TECHCOMBANK": "Techcombank", "EMAIL": "email", "INTERNET": "internet",
    "HOTLINE": "hotline", "ONLINE": "online", "WEBSITE": "website", "YOUTUBE": "YouTube", "TIKTOK": "TikTok",
}  # fmt: skip

# Everybody says these by their letters: no warning.
_LETTERED = (
    "SHB MSB VIB OCB SCB NCB VTC HTV DNA TCVN QCVN GDP WTO FDI ODA NGO VAT PC CD DVD HD MC ABC GMT DJ HDMI IP PR HR "
    "MTV VCB CPU RAM ROM UV LCD VHF UHF AM PVC ISO DJ KFC XML HTML JPG PNG MP TBT API UAV GSM URL FAQ NPK ASF"
)
LETTERED = frozenset(_LETTERED.split())

# Understood in any letter case; nothing else can be meant.
_ANY_CASE = (
    "UBND HĐND CCCD CMND ASXH BHXH BHYT BTXH VNeID OTP SMS QR ATM SĐT SDT STT TPHCM HCM STK TTHC CNTT VND VNĐ USD MTTQ "
    "THCS THPT TP TDP WIFI COVID PDF APK GPS USB TV KP TW"
)
ANY_CASE = {key.lower(): ACRONYMS[key] for key in _ANY_CASE.split()} | {
    "vv": "vân vân", "ktx": "ký túc xá", "đt": "điện thoại", "đc": "địa chỉ", "lh": "liên hệ",
    "ko": "không", "kh": "kế hoạch",
}  # fmt: skip

# Written with a point, slash or ampersand; regular expressions, tried in this order.
PHRASES = (
    (r"\bCOVID\s?-?\s?19\b", "cô vít mười chín"),
    (r"\bT\.?P\.?\s?HCM\b|\b[Tt]p\.?\s?HCM\b|\bTP\.?\s?Hồ Chí Minh\b", "Thành phố Hồ Chí Minh"),
    (r"\bv\.\s?v\.?|\bv\.v\b", "vân vân"),
    (r"\bTT(?=\s(?:số\s)?\d)", "Thông tư"),
    (r"\bCT(?=\s(?:số\s)?\d)", "Chỉ thị"),
    (r"\bV/v\b", "về việc"),
    (r"(?<=/TW của )BCT\b", "Bộ Chính trị"),
    (r"(?<=[vV]ụ )ĐX\b|(?<=[lL]úa )ĐX\b|(?<=[Cc]ây )ĐX\b", "đông xuân"),
    (r"(?<=[vV]ụ )HT\b|(?<=[lL]úa )HT\b", "hè thu"),
    (r"(?<=[vV]ụ )TĐ\b|(?<=[lL]úa )TĐ\b", "thu đông"),
    (r"\bNS(?=\s(?:đạt |ước |bình quân |lúa )?[\d,]+\s?(?:tạ|tấn|kg))", "năng suất"),
    (r"\bTK\s?&\s?VV\b", "tiết kiệm và vay vốn"),
    (
        r"(?<![\w/])(?<!tòa )(?<!nhà )(?<!lô )(?<!cư )(?<!phòng )"
        r"T(?=(?:0?[1-9]|1[0-2])\s?[/-]\s?20\d\d\b|(?:[89]|1[0-2])\b)",
        "tháng ",
    ),
    (r"(?<![\w/])K(?=\d{1,4}(?:/\d{1,4})+\s)", "kiệt "),
    (r"(?<![\w/])H(?=\d{1,3}/\d{1,4}(?:/\d{1,4})*\s(?:đường|[A-ZĐ]))", "hẻm "),
    (r"(?<![\w/])Ng\.\s?(?=\d)", "ngõ "),
    (r"(?<=\d )\(?[AÂ]L\b\)?", "âm lịch"),
    (r"(?<=\d )\(?DL\b\)?", "dương lịch"),
    (r"\bQ(?=[1-4]/20\d\d\b)", "quý "),
    (rf"(?<=\s)x\.\s?(?=[{UPPER}][{LOWER}])", "xã "),
    (rf"(?<=\s)p\.\s?(?=\d|[{UPPER}][{LOWER}])", "phường "),
    (r"\bT\.Ư\b", "Trung ương"),
    (r"\b(?:tr\.?đ|trđ)\b", "triệu đồng"),
    (r"\bPCCC\s?(?:&|và)\s?CNCH\b", "phòng cháy chữa cháy và cứu nạn cứu hộ"),
    (r"\bđ/c\s*:", "địa chỉ:"),
    (r"\bĐ/c\s*:", "Địa chỉ:"),
    (r"\b[đĐ]/c\b", "đồng chí"),
    (r"\bT/M\b", "thay mặt"),
    (r"\bLĐ\s?-\s?TB\s?(?:-|&|và)\s?XH\b|\bLĐTB\s?&\s?XH\b", "Lao động Thương binh và Xã hội"),
    (r"\bVH\s?-\s?XH\b", "văn hóa xã hội"),
    (r"\bKT\s?-\s?XH\b", "kinh tế xã hội"),
    (r"\bQP\s?-\s?AN\b", "quốc phòng an ninh"),
    (r"\bGD\s?&\s?ĐT\b", "Giáo dục và Đào tạo"),
    (r"\bKH\s?&\s?CN\b", "Khoa học và Công nghệ"),
    (r"\bTT\s?&\s?TT\b", "Thông tin và Truyền thông"),
    (r"\bNN\s?&\s?MT\b", "Nông nghiệp và Môi trường"),
    (r"\bPGS\.\s?TS\b\.?", "phó giáo sư, tiến sĩ "),
    (r"\bGS\.\s?TS\b\.?", "giáo sư, tiến sĩ "),
    (r"\bThS\.|\bTh\.S\b\.?", "thạc sĩ "),
    (r"\bBS\.?\s?CK\s?II\b\.?", "bác sĩ chuyên khoa hai "),
    (r"\bBS\.?\s?CK\s?I\b\.?", "bác sĩ chuyên khoa một "),
    (r"\bTS\.(?=\s?[^\W\d_])", "tiến sĩ "),
    (r"\bBS\.(?=\s?[^\W\d_])", "bác sĩ "),
    (r"\bTK(?=\s[IVX]+\b)", "thế kỷ"),
    (r"\bP\.\s?(?=[A-ZĐ]{2,}\b)", "Phòng "),
    (r"\bwi-?fi\b", "oai phai"),
)

# At a signature: what the person signs as. The point may be missing before a title in capitals.
SIGNATURES = {"KT": "ký thay", "TM": "thay mặt", "TL": "thừa lệnh", "TUQ": "thừa ủy quyền", "Q": "quyền"}

# Before a number or a name: P.5, Q. 3, TP. Phan Thiết, TX. La Gi.
PLACES = {
    "TP": "Thành phố", "Tp": "Thành phố", "TX": "Thị xã", "TT": "Thị trấn", "P": "Phường", "Q": "Quận", "H": "Huyện",
    "X": "Xã",     "KP": "khu phố", "Kp": "khu phố", "TDP": "tổ dân phố", "T": "Tỉnh", "Đ": "Đường", "ĐK": "đặc khu",
}  # fmt: skip

ROADS = {
    "QL": "quốc lộ", "TL": "tỉnh lộ", "HL": "hương lộ", "ĐT": "đường tỉnh", "DT": "đường tỉnh", "ĐH": "đường huyện",
    "CT": "cao tốc",
}  # fmt: skip

TYPES = {
    "NQ": "Nghị quyết", "NĐ": "Nghị định", "QĐ": "Quyết định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch",
    "CT": "Chỉ thị", "CĐ": "Công điện", "KH": "Kế hoạch", "TB": "Thông báo", "BC": "Báo cáo", "TTr": "Tờ trình",
    "HD": "Hướng dẫn", "CV": "Công văn", "GM": "Giấy mời", "PA": "Phương án", "ĐA": "Đề án", "CTr": "Chương trình",
    "QC": "Quy chế", "QyĐ": "Quy định", "KL": "Kết luận", "BB": "Biên bản", "HĐ": "Hợp đồng", "DA": "Dự án",
    "VBHN": "Văn bản hợp nhất", "PL": "Pháp lệnh", "L": "Lệnh", "GP": "Giấy phép", "TC": "Thông cáo",
}  # fmt: skip

ISSUERS = {
    "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ", "TU": "Tỉnh ủy", "ThU": "Thành ủy", "ĐU": "Đảng ủy",
    "TW": "Trung ương", "BTC": "Bộ Tài chính", "BCT": "Bộ Công Thương", "CTN": "Chủ tịch nước", "CAT": "Công an tỉnh",
    "CAX": "Công an xã", "CAP": "Công an phường", "VX": "văn xã", "TH": "tổng hợp", "KT": "kinh tế", "NC": "nội chính",
    "TANDTC": "Tòa án nhân dân tối cao", "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "VPQH": "Văn phòng Quốc hội",
    "VPTW": "Văn phòng Trung ương",
    "BTTTT": "Bộ Thông tin và Truyền thông", "TC": "Tài chính", "MTTQ": "Mặt trận Tổ quốc", "HU": "Huyện ủy",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch", "BHXH": "Bảo hiểm xã hội", "KTHT": "kinh tế hạ tầng",
    "ND": "nhân dân", "LĐTBXH": "Bộ Lao động Thương binh và Xã hội",
}  # fmt: skip

# After S (sở), B (bộ), P (phòng): the field of work.
FIELDS = {
    "YT": "Y tế", "NV": "Nội vụ", "TC": "Tài chính", "TP": "Tư pháp", "XD": "Xây dựng", "CT": "Công Thương",
    "GDĐT": "Giáo dục và Đào tạo", "VHTTDL": "Văn hóa, Thể thao và Du lịch", "VHTT": "Văn hóa và Thể thao",
    "KHCN": "Khoa học và Công nghệ", "TTTT": "Thông tin và Truyền thông", "NNMT": "Nông nghiệp và Môi trường",
    "LĐTBXH": "Lao động Thương binh và Xã hội", "TNMT": "Tài nguyên và Môi trường", "QP": "Quốc phòng",
    "CA": "Công an", "NG": "Ngoại giao", "DTTG": "Dân tộc và Tôn giáo", "VHXH": "Văn hóa xã hội",
    "GTVT": "Giao thông vận tải", "KHĐT": "Kế hoạch và Đầu tư", "NNPTNT": "Nông nghiệp và Phát triển nông thôn",
    "DL": "Du lịch",
}  # fmt: skip

# Known wherever they stand.
UNITS = {
    "km/h": "ki lô mét trên giờ", "km/giờ": "ki lô mét trên giờ", "m/s": "mét trên giây", "km2": "ki lô mét vuông",
    "m2": "mét vuông", "cm2": "xăng ti mét vuông", "mm2": "mi li mét vuông", "m3": "mét khối", "cm3":
    "xăng ti mét khối", "km": "ki lô mét", "cm": "xăng ti mét", "dm": "đề xi mét", "mm": "mi li mét",
    "kg": "ki lô gam", "mg": "mi li gam", "ml": "mi li lít", "kWh": "ki lô oát giờ", "kwh": "ki lô oát giờ",
    "KWh": "ki lô oát giờ",
    "kW": "ki lô oát", "kw": "ki lô oát", "MW": "mê ga oát", "kV": "ki lô vôn", "GB": "ghi ga bai",
    "Mbps": "mê ga bít trên giây", "kbps": "ki lô bít trên giây", "kHz": "ki lô héc", "MHz": "mê ga héc",
    "Hz": "héc", "mmHg": "mi li mét thủy ngân", "dB": "đề xi ben", "°C": "độ xê", "°F": "độ ép", "°": "độ",
    "Kg": "ki lô gam", "KG": "ki lô gam", "Km": "ki lô mét", "KM": "ki lô mét", "Km2": "ki lô mét vuông",
    "KM2": "ki lô mét vuông", "M2": "mét vuông", "M3": "mét khối",
    "%": "phần trăm", "‰": "phần nghìn", "đ": "đồng", "vnđ": "đồng", "vnd": "đồng", "VNĐ": "đồng", "VND": "đồng",
}  # fmt: skip

# Only straight after a number: elsewhere these letters are something else.
UNITS_AFTER_NUMBER = UNITS | {
    "m": "mét", "g": "gam", "l": "lít", "ha": "héc ta", "h": "giờ", "s": "giây", "p": "phút", "ph": "phút",
    "'": "phút", "k": "nghìn", "K": "nghìn", "tr": "triệu", "Tr": "triệu", "MB": "mê ga bai", "TB": "tê ra bai",
    "W": "oát", "V": "vôn", "USD": "đô la Mỹ", "EUR": "ơ rô", "tỉ": "tỷ", "$": "đô la Mỹ", "€": "ơ rô",
    "ng": "người",
}  # fmt: skip
ATTACHED_ONLY = {"W", "V", "k", "K", "p", "ph", "'", "s", "TB"}  # "khu 5 V" is no voltage

_CONSONANTS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph q qu r s t th tr v x"
CONSONANTS = _CONSONANTS.split()
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem ien ieng iep iet "
    "ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong ooc "
    "oong op ot u ua uac uan uang uat uay uc ue uech uen uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up "
    "ut uu uy uya uych uyen uyet uynh uyt uyu y yem yen yeng yet yeu ym"
)
RIMES = frozenset(_RIMES.split())
VOWELS = re.compile(r"[aeiouy]")


def bare(word: str) -> str:
    """The word in small letters without tone and vowel marks; đ stays."""
    apart = unicodedata.normalize("NFD", word.lower().replace("đ", "\0"))
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("\0", "đ")


def is_syllable(word: str) -> bool:
    """Whether the letters can be one Vietnamese syllable (marks are not judged)."""
    letters = bare(word)
    return any(letters.startswith(c) and letters[len(c) :] in RIMES for c in CONSONANTS) or letters in RIMES


def has_vowel(word: str) -> bool:
    return bool(VOWELS.search(bare(word)))


def spell(letters: str) -> str:
    """Letter names; marks that have no name of their own are left off."""
    names = []
    for char in unicodedata.normalize("NFC", letters.upper()):
        if char in LETTERS:
            names.append(LETTERS[char])
        elif (plain := bare(char).upper()) in LETTERS:
            names.append(LETTERS[plain])
    return " ".join(names)


def count_syllables(spoken_text: str) -> int:
    """Syllables of a spoken form: one a word; a foreign word counts its groups of vowels."""
    total = 0
    for word in re.findall(r"[^\W\d_]+", spoken_text):
        total += 1 if is_syllable(word) else max(1, len(re.findall(r"[aeiouy]+", bare(word))))
    return total
