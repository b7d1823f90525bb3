"""The errors that reach a person: one sentence, in Vietnamese, that says what to do.

Problem
├── BadInput      what was given cannot be used; nothing was stored (exit code 2)
└── NotAllowed    the user's role or unit does not permit it (exit code 2, HTTP 403)
"""

import errno

REASONS = {
    errno.ENOENT: "không có thư mục hoặc tệp này",
    errno.EACCES: "không có quyền",
    errno.EPERM: "không có quyền",
    errno.EROFS: "ổ đĩa chỉ đọc",
    errno.ENOSPC: "ổ đĩa đã đầy",
    errno.EEXIST: "đã có một tệp mang tên này",
    errno.ENOTDIR: "đường dẫn đi qua một tệp",
    errno.EISDIR: "đó là một thư mục",
    errno.EADDRINUSE: "một chương trình khác đang dùng",
    errno.EADDRNOTAVAIL: "máy này không có địa chỉ đó",
}


def reason(error: OSError) -> str:
    """Why the system refused, in Vietnamese."""
    return REASONS.get(error.errno or 0, error.strerror or "không rõ vì sao")


class Problem(Exception):
    """Base of all errors whose text is meant to be read by the user."""


class BadInput(Problem):
    """What was given cannot be used. Nothing was stored."""


class NotAllowed(Problem):
    """The user's role or unit does not permit this."""
