"""The error objects of Meta's Graph API, by the name of what went wrong."""

from __future__ import annotations

from typing import Any

from sandbox.wire import Answer, json_answer


def graph_error(code: int, message: str, subcode: int | None = None, **more: Any) -> Answer:
    """An OAuthException; nearly all of them travel with HTTP 400."""
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error.update(more)
    error["fbtrace_id"] = "AsandboxTrace00000000000"
    return json_answer({"error": error}, 400)


def bad_token() -> Answer:
    return graph_error(190, "Invalid OAuth access token - Cannot parse access token")


def missing_object(object_id: str) -> Answer:
    message = (
        f"Unsupported get request. Object with ID '{object_id}' does not exist, cannot be loaded "
        "due to missing permissions, or does not support this operation"
    )
    return graph_error(100, message, 33)


def no_permission() -> Answer:
    return graph_error(10, "(#10) Application does not have permission for this action")


def too_few_viewers() -> Answer:
    return graph_error(10, "(#10) Not enough viewers for the media to show insights")


def unknown_user(handle: str) -> Answer:
    return graph_error(
        110,
        "Invalid user id",
        2207013,
        is_transient=False,
        error_user_title="Cannot find User",
        error_user_msg=f"The user with username: {handle} cannot be found.",
    )


def too_much_data() -> Answer:
    message = "Please reduce the amount of data you're asking for, then retry your request"
    return graph_error(1, message)


def unknown_field(name: str) -> Answer:
    return graph_error(100, f"(#100) Tried accessing nonexisting field ({name})")


def unknown_metric(index: int, known: tuple[str, ...]) -> Answer:
    values = ", ".join(known)
    return graph_error(100, f"(#100) metric[{index}] must be one of the following values: {values}")


def unsupported_metric(name: str) -> Answer:
    return graph_error(
        100,
        f"(#100) The Media Insights API does not support the {name} metric for this media "
        "product type.",
    )


def before_conversion() -> Answer:
    return graph_error(
        100,
        "Invalid parameter",
        2108006,
        is_transient=False,
        error_user_title="Media posted before business account conversion",
        error_user_msg="The media was posted before the most recent time that the user's account "
        "was converted to a business account from a personal account.",
    )
