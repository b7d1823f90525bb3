"""What acronyms are called aloud. Tables only.

Sources: NĐ 30/2020/NĐ-CP (abbreviations of document types and issuing bodies); common use in communes' texts.
"""

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
    "CSXH": "chính sách xã hội", "NDVN": "Nông dân Việt Nam", "LHPNVN": "Liên hiệp Phụ nữ Việt Nam",
    "CCBVN": "Cựu chiến binh Việt Nam", "MBH": "mũ bảo hiểm", "TTN": "thanh thiếu niên", "CNH": "công nghiệp hóa",
    "HĐH": "hiện đại hóa", "PCCN": "phòng chống cháy nổ", "VLXD": "vật liệu xây dựng", "DVVL": "dịch vụ việc làm",
    "TTDVVL": "Trung tâm Dịch vụ việc làm", "VPĐKĐĐ": "văn phòng đăng ký đất đai",
    "TTVHTT": "trung tâm văn hóa thể thao", "CSBTXH": "cơ sở bảo trợ xã hội", "TTBTXH": "trung tâm bảo trợ xã hội",
    "NCCCM": "người có công với cách mạng", "LTCM": "lão thành cách mạng", "HĐKC": "hoạt động kháng chiến",
    "ATK": "an toàn khu", "BĐKH": "biến đổi khí hậu", "NLMT": "năng lượng mặt trời", "ĐMT": "điện mặt trời",
    "KHKTNN": "khoa học kỹ thuật nông nghiệp", "HTXDVNN": "hợp tác xã dịch vụ nông nghiệp",
    "TTKN": "trung tâm khuyến nông", "CSGDMN": "cơ sở giáo dục mầm non", "TCCN": "trung cấp chuyên nghiệp",
    "GDNN": "giáo dục nghề nghiệp", "GDQP": "giáo dục quốc phòng", "UBDT": "Ủy ban Dân tộc",
    "PCBL": "phòng chống bạo lực",
    "THT": "tổ hợp tác", "TBA": "trạm biến áp", "BKS": "biển kiểm soát", "ĐBDTTS": "đồng bào dân tộc thiểu số",
    "DTTSMN": "dân tộc thiểu số và miền núi", "ĐBDTTSMN": "đồng bào dân tộc thiểu số và miền núi", "HSG":
    "học sinh giỏi", "PTDTBT": "phổ thông dân tộc bán trú", "PTDTNT": "phổ thông dân tộc nội trú", "MST":
    "mã số thuế", "GTTT": "giấy tờ tùy thân",
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
    "MTV VCB CPU RAM ROM UV LCD VHF UHF AM PVC ISO DJ KFC XML HTML JPG PNG MP TBT API UAV GSM URL FAQ NPK ASF IPM SRI"
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
