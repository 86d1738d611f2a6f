"""Samples read as people write code, in each language."""

import subprocess

import pytest

from app.core.openapi_code import LANGUAGES, Call, curl, python, typescript

READ = Call("getMe", "get", "/v1/me", name="me")
CHANGE = Call("updateNote", "patch", "/v1/notes/1", version=3, body={"bond": None, "is_late": True}, name="note")


def test_a_read_needs_few_words() -> None:
    assert curl(READ) == 'curl "$BASE_URL/v1/me" \\\n  -H "Authorization: Bearer $TOKEN"'
    assert python(READ).splitlines()[2:] == [
        "response = httpx.get(",
        '    f"{base_url}/v1/me",',
        '    headers={"Authorization": f"Bearer {token}"},',
        ")",
        "response.raise_for_status()",
        "me = response.json()",
    ]
    assert typescript(READ).splitlines()[0] == "const response = await fetch(`${baseUrl}/v1/me`, {"


def test_a_change_names_its_version_and_writes_values_in_its_own_language() -> None:
    assert "-H 'If-Match: \"3\"'" in curl(CHANGE)
    assert '{"bond": null, "is_late": true}' in curl(CHANGE)
    assert '"If-Match": \'"3"\'' in python(CHANGE)
    assert '{"bond": None, "is_late": True}' in python(CHANGE)
    assert "{ bond: null, is_late: true }" in typescript(CHANGE)


def test_words_with_quotes_survive_the_shell() -> None:
    said = 'Robin\'s words: "$HOME" `now`'
    sample = curl(Call("createNote", "post", "/v1/notes", body={"text": said}))
    shown = subprocess.run(
        ["bash", "-c", f"curl() {{ printf '%s' \"${{!#}}\"; }}\n{sample}"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == '{"text": "Robin\'s words: \\"$HOME\\" `now`"}'


def test_a_long_body_stands_one_entry_a_line() -> None:
    call = Call("createNote", "post", "/v1/notes", body={"text": "So much to say. " * 5, "codes": ["a", "b"]})
    assert '\n    "codes": ["a", "b"]\n  }\'' in curl(call)
    assert '\n        "codes": ["a", "b"],\n    },' in python(call)
    assert '\n    codes: ["a", "b"],\n  }),' in typescript(call)


def test_what_has_no_answer_is_not_read() -> None:
    call = Call("deletePrivateNote", "delete", "/v1/private-notes/1", answer="")
    assert curl(call).startswith("curl -X DELETE ")
    assert python(call).endswith("raise_for_status()")
    assert typescript(call).endswith("throw new Error(await response.text());")


def test_a_live_stream_is_read_as_it_comes() -> None:
    call = Call("streamEvents", "get", "/v1/events/stream", answer="text/event-stream")
    assert curl(call).startswith("curl -N ")
    assert "timeout=None" in python(call)
    assert "getReader()" in typescript(call)


@pytest.mark.parametrize("language", [lang for lang, _, _ in LANGUAGES])
def test_signing_in_answers_the_token_the_others_send(language: str) -> None:
    write = next(write for lang, _, write in LANGUAGES if lang == language)
    call = Call("signIn", "post", "/v1/auth/sign-in", is_public=True, body={"login": "sam"}, name="access_token")
    assert "Authorization" not in write(call)
    assert ("token" in write(call)) == (language != "curl")
