"""What a workbook must be before its rows are believed: a plain Excel file, its sheets, their headers, their cells."""

from collections.abc import Iterator

from schemas.record import YearResult
from schemas.rules.results import RESULT, result_of
from schemas.rules.rule import Found, declared, rule
from schemas.rules.view import RecordView

_FORMAT = "Tệp Excel của cơ sở dữ liệu ngành (quan sát) · the sector database's workbook (observed)"
_SAVE_AS = (
    "Mở tệp bằng Excel, chọn Lưu thành (Save As), kiểu «Excel Workbook (*.xlsx)», không đặt mật khẩu, rồi gửi lại.",
    "Open the file in Excel, save it as «Excel Workbook (*.xlsx)» without a password, and send it again.",
)
_TEMPLATE = (
    "Xuất lại từ phần mềm, hoặc chép dữ liệu vào tệp mẫu; không sửa các dòng tiêu đề.",
    "Export it again, or copy the data into the template; leave the rows of the header as they are.",
)

NOT_A_WORKBOOK = declared(
    "W01",
    basis=_FORMAT,
    title=("Tệp phải là sổ tính Excel (.xlsx)", "The file is an Excel workbook (.xlsx)"),
    message=("Không đọc được tệp Excel: {reason_vi}.", "The Excel file cannot be read: {reason_en}."),
    remedy=_SAVE_AS,
)
OLD_OR_LOCKED = declared(
    "W02",
    basis=_FORMAT,
    title=("Tệp không phải .xls cũ, không đặt mật khẩu", "The file is no old .xls and has no password"),
    message=("Tệp là .xls kiểu cũ hoặc có đặt mật khẩu.", "The file is an old .xls, or has a password."),
    remedy=_SAVE_AS,
)
TOO_LARGE = declared(
    "W03",
    basis="Giới hạn của hub · the hub's limits",
    title=("Tệp giải nén ra không quá lớn", "The file unpacks to a bounded size"),
    message=("Tệp quá lớn: {reason_vi}.", "The file is too large: {reason_en}."),
    remedy=(
        "Chỉ giữ trang tính có dữ liệu học sinh, xóa các dòng, cột thừa đã định dạng, chia theo lớp rồi gửi lại.",
        "Keep the sheets with pupils only, delete formatted rows and columns without data, split by class, send again.",
    ),
)
MACROS = declared(
    "W04",
    basis=_FORMAT,
    title=("Tệp không có macro", "The file has no macros"),
    message=("Tệp có macro (chương trình VBA).", "The file has macros (VBA)."),
    remedy=_SAVE_AS,
)
EXTERNAL = declared(
    "W05",
    basis=_FORMAT,
    title=("Tệp không liên kết dữ liệu ở tệp khác", "The file takes no data from other files"),
    message=("Tệp lấy dữ liệu từ tệp hoặc nguồn khác.", "The file takes data from another file or source."),
    remedy=(
        "Trong Excel chọn Dữ liệu › Sửa liên kết › Ngắt liên kết, dán dữ liệu dạng giá trị, lưu rồi gửi lại.",
        "In Excel choose Data › Edit Links › Break Link, paste the data as values, save and send again.",
    ),
)
FORMULA = declared(
    "W06",
    basis=_FORMAT,
    title=("Ô chứa giá trị, không chứa công thức", "Cells hold values, not formulas"),
    message=("{element}: ô chứa công thức.", "{element}: the cell holds a formula."),
    remedy=(
        "Chép cột này rồi dán lại dạng giá trị (Paste Special › Values), lưu và gửi lại.",
        "Copy the column and paste it as values (Paste Special › Values), save and send again.",
    ),
)
NO_HEADER = declared(
    "W07",
    basis=_FORMAT,
    title=("Có trang tính với dòng tiêu đề nhận ra được", "A sheet has a header that is known"),
    message=(
        "Không trang tính nào có dòng tiêu đề của mẫu kết quả học tập hay danh sách học sinh.",
        "No sheet has the header of the result import or of the pupil export.",
    ),
    remedy=_TEMPLATE,
)
COLUMN_MISSING = declared(
    "W08",
    basis=_FORMAT,
    title=("Không thiếu cột nào của mẫu", "No column of the template is missing"),
    message=("Thiếu cột «{element}».", "The column «{element}» is missing."),
    remedy=_TEMPLATE,
)
COLUMN_UNKNOWN = declared(
    "W09",
    basis=_FORMAT,
    title=("Không có cột ngoài mẫu", "There is no column that the template does not have"),
    message=("Cột này không thuộc mẫu.", "The template has no such column."),
    remedy=(
        "Sửa tiêu đề cho đúng mẫu (kể cả ô gộp ở trên), hoặc xóa cột thừa rồi gửi lại.",
        "Correct the header (merged cells above it too), or delete the column, and send again.",
    ),
)
COLUMN_REPEATED = declared(
    "W10",
    basis=_FORMAT,
    title=("Mỗi cột chỉ có một lần", "Each column is there once"),
    message=("Cột «{element}» có hai lần.", "The column «{element}» is there twice."),
    remedy=(
        "Xóa cột lặp lại; kiểm tra ô gộp ở dòng tiêu đề phía trên, rồi gửi lại.",
        "Delete the second one; mind the merged cells of the header above it; send again.",
    ),
)
MERGED = declared(
    "W11",
    basis=_FORMAT,
    title=("Không gộp ô trong vùng dữ liệu", "No cells are merged among the data"),
    message=("Dòng này có ô gộp: {range}.", "Cells are merged in this row: {range}."),
    remedy=(
        "Bỏ gộp ô (Unmerge Cells), nhập giá trị vào từng ô rồi gửi lại.",
        "Unmerge the cells, enter the value in each of them, and send again.",
    ),
)
HIDDEN = declared(
    "W12",
    basis=_FORMAT,
    title=("Không có dữ liệu bị ẩn", "No data are hidden"),
    message=("{what_vi} đang bị ẩn nhưng có dữ liệu.", "{what_en} is hidden and has data."),
    remedy=(
        "Bỏ ẩn (Unhide, bỏ lọc) để kiểm tra, giữ hoặc xóa hẳn, rồi gửi lại.",
        "Unhide it (clear filters), look at it, keep or delete it, and send again.",
    ),
)
NO_ROWS = declared(
    "W13",
    basis=_FORMAT,
    title=("Có ít nhất một học sinh", "There is a pupil at least"),
    message=("Dưới dòng tiêu đề không có học sinh nào.", "There is no pupil below the header."),
    remedy=("Nhập dữ liệu vào dưới dòng tiêu đề rồi gửi lại.", "Enter the data below the header and send again."),
)
TOO_MANY_ROWS = declared(
    "W14",
    basis="Giới hạn của hub · the hub's limits",
    title=("Một trang tính không quá 50.000 dòng", "A sheet has no more than 50,000 rows"),
    message=("Trang tính có hơn {most} dòng dữ liệu.", "The sheet has more than {most} rows of data."),
    remedy=("Chia tệp theo lớp hoặc khối rồi gửi lại.", "Split the file by class or grade and send again."),
)
TOO_LONG = declared(
    "W15",
    basis="ECMA-376 (Excel: 32.767 ký tự một ô)",
    title=("Nội dung ô không dài quá mức Excel cho phép", "A cell is no longer than Excel allows"),
    message=("{element}: nội dung dài quá {most} ký tự.", "{element}: the text is longer than {most} characters."),
    remedy=("Rút gọn nội dung ô.", "Shorten the text of the cell."),
)
DOCTYPE = declared(
    "W16",
    basis="TT 15/2025/TT-BKHCN; ECMA-376 Part 2",
    title=("Bên trong tệp không có DOCTYPE hay thực thể", "Nothing inside the file declares a DOCTYPE or an entity"),
    message=("Bên trong tệp có khai báo DOCTYPE.", "A part of the file declares a DOCTYPE."),
    remedy=_SAVE_AS,
)
CELL_ERROR = declared(
    "W17",
    basis=_FORMAT,
    title=("Không có ô báo lỗi của Excel", "No cell shows an error of Excel's"),
    message=("{element}: ô báo lỗi của Excel.", "{element}: the cell shows an error of Excel's."),
    remedy=("Nhập lại giá trị của ô.", "Enter the value of the cell again."),
)
DATES_OF_1904 = declared(
    "W18",
    basis="ECMA-376 Part 1, 18.17.4.1",
    title=("Ngày tính theo hệ 1900", "Dates count from 1900"),
    message=("Tệp dùng hệ ngày 1904 (máy Mac cũ).", "The file counts its dates from 1904 (old Macs)."),
    remedy=(
        "Trong Excel bỏ chọn «Use 1904 date system» (Options › Advanced), kiểm tra lại ngày sinh rồi gửi lại.",
        "In Excel clear «Use 1904 date system» (Options › Advanced), check the birth dates, and send again.",
    ),
)
FAR_BELOW = declared(
    "W19",
    basis="Giới hạn của hub · the hub's limits",
    title=("Dữ liệu liền nhau", "Data stand together"),
    message=(
        "Sau hơn {most} dòng trống vẫn còn dữ liệu.",
        "Data follow after more than {most} empty rows.",
    ),
    remedy=("Xóa các dòng trống ở giữa rồi gửi lại.", "Delete the empty rows between and send again."),
)

_ORDER = (YearResult.NOT_DONE, YearResult.DONE, YearResult.GOOD, YearResult.EXCELLENT)


@rule(
    "W20",
    basis="TT 27/2020/TT-BGDĐT Điều 9 khoản 2 điểm a",
    title=(
        "Xếp loại không cao hơn mức và điểm có trong tệp",
        "The year's result is no better than levels and scores in the file allow",
    ),
    message=(
        "{element} cao hơn kết quả tính từ các mức và điểm trong tệp.",
        "{element} is better than what the levels and scores in the file come to.",
    ),
    remedy=(
        "Kiểm tra xếp loại, các mức và điểm của học sinh này rồi gửi lại.",
        "Check the pupil's result, levels and scores, and send again.",
    ),
)
def result_is_possible(record: RecordView) -> Iterator[Found]:
    """Of subjects that the workbook has no column for, nothing is known: they can only make the result worse."""
    told, grade = record.value(RESULT), record.grade
    if told is None or grade is None:
        return
    elective = {code for code, subject in record.profile.subjects.items() if grade in subject.elective}
    counted = [mark for mark in record.marks if mark.code not in elective]
    levels = {mark.attained for mark in counted if mark.attained is not None and mark.level != "M"}
    judged = {level for level in record.judged.values() if level is not None}
    best = result_of(levels, judged, min((mark.points for mark in counted if mark.points is not None), default=10))
    if _ORDER.index(told) > _ORDER.index(best):
        yield record.found(RESULT, expected=record.written(RESULT, best))
