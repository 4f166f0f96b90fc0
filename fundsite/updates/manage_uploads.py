"""The staff addresses beside the editor: pictures and files that are dropped there, and what a preview leads to."""

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from fundsite.access import EDITOR, acting_staff, for_roles, takes_up_to
from fundsite.media import FileRefused, PictureRefused
from fundsite.media.files import MAX_RECORDING, MEGABYTE
from fundsite.updates.attachments import add_file, as_markdown, of_campaign
from fundsite.updates.calendar import as_download, event_file
from fundsite.updates.editing import find_report
from fundsite.updates.manage_publishing import bp
from fundsite.updates.reading_files import as_file
from fundsite.updates.revisions import text_now
from fundsite.updates.taking import unshowable, why_refused
from fundsite.updates.uploads import LARGEST, add_picture, source_of

__all__ = ["bp"]


@bp.post("/<int:report_id>/pictures")
@for_roles(EDITOR)
@takes_up_to(LARGEST)
def picture(report_id: int) -> ResponseReturnValue:
    """Take a picture that was dropped, pasted or chosen."""
    upload = request.files.get("picture")
    try:
        name = add_picture(report_id, upload.read() if upload else b"", acting_staff().id)
    except PictureRefused:
        return jsonify(error=unshowable()), 422
    return jsonify(name=name, src=source_of(report_id, name))


@bp.post("/<int:report_id>/files")
@for_roles(EDITOR)
@takes_up_to(MAX_RECORDING + MEGABYTE)
def attach(report_id: int) -> ResponseReturnValue:
    """Take a file that was dropped or chosen; answer with the line that offers it."""
    upload = request.files["attachment"]
    try:
        name = add_file(report_id, upload.stream, upload.filename or "", acting_staff().id)
    except FileRefused as refused:
        return jsonify(error=why_refused(refused)), 422
    return jsonify(line=as_markdown(name, upload.filename or ""))


@bp.get("/<int:report_id>/files/<name>")
@for_roles(EDITOR)
def attached(report_id: int, name: str) -> ResponseReturnValue:
    """Give a file that a preview offers."""
    return as_file(of_campaign(find_report(report_id)[0].campaign_id, name))


@bp.get("/<int:report_id>/events/<int:position>.ics")
@for_roles(EDITOR)
def event(report_id: int, position: int) -> ResponseReturnValue:
    """Give the calendar file that a preview links to."""
    update, _campaign = find_report(report_id)
    return as_download(event_file(text_now(update).body, position, f"preview-{report_id}-{position}", request.url))
