"""What comes with the editor's form beside words: a picture, a file. Both go to the end of the text."""

from flask_wtf import FlaskForm

from fundsite.access import acting_staff
from fundsite.i18n import gettext as _
from fundsite.media import FileRefused, PictureRefused
from fundsite.media.files import MAX_RECORDING
from fundsite.updates import attachments, uploads

LARGEST_WITH_FILES = MAX_RECORDING + uploads.LARGEST


def take_what_came(form: FlaskForm, report_id: int) -> bool:
    """Put a picture and a file that came with the form at the end of the text; whether both could be taken."""
    return _take_picture(form, report_id) and _take_file(form, report_id)


def _take_picture(form: FlaskForm, report_id: int) -> bool:
    upload = form.picture.data
    if not upload or not upload.filename:
        return True
    try:
        name = uploads.add_picture(report_id, upload.read(), acting_staff().id)
    except PictureRefused:
        form.picture.errors = [unshowable()]
        return False
    _append(form, uploads.as_markdown(name, form.alt.data or ""))
    return True


def _take_file(form: FlaskForm, report_id: int) -> bool:
    upload = form.attachment.data
    if not upload or not upload.filename:
        return True
    try:
        name = attachments.add_file(report_id, upload.stream, upload.filename, acting_staff().id)
    except FileRefused as refused:
        form.attachment.errors = [why_refused(refused)]
        return False
    _append(form, attachments.as_markdown(name, upload.filename))
    return True


def _append(form: FlaskForm, line: str) -> None:
    form.body.data = f"{(form.body.data or '').rstrip()}\n\n{line}\n"


def unshowable() -> str:
    """Say which pictures can be taken."""
    return _("写真として読み取れませんでした。JPEG、PNG、WebPの写真を、25MBまででお試しください。")


def why_refused(refused: FileRefused) -> str:
    """Say why a file was not taken, and which can be."""
    if refused.reason == "too_heavy":
        return _("ファイルが大きすぎます。PDFは20MB、録音と録画は200MBまでです。")
    return _("このファイルは添えられません。PDF、録音（MP3、M4A、WAV、Ogg）、録画（MP4、WebM）をお選びください。")
