"""Our protobuf beside Python's: what one writes the other reads as the same message, and both refuse the same bytes.

Where the two differ on purpose, or where Python is laxer than the specification, the test says so.
"""
import json
import random

import pytest
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from support.protobuf import Echo, Filler, message_classes

CLASSES = message_classes()
KINDS = [kind for kind in CLASSES if "." not in kind]
# Of these, messages have maps somewhere inside.
WITH_MAPS = {"Maps", "Choices", "Node", "Branch", "WellKnownTypes"}
ROUNDS = 300


@pytest.fixture(scope="module")
def echo():
    one = Echo()
    yield one
    one.close()


def same(left, right):
    """Equal, with NaN equal to itself: messages are compared by their bytes, in which maps are sorted."""
    return left.SerializeToString(deterministic=True) == right.SerializeToString(deterministic=True)


@pytest.mark.parametrize("kind", KINDS)
def test_binary_messages_come_back_the_same(echo, kind):
    filler = Filler(random.Random(f"binary {kind}"))
    for _ in range(ROUNDS):
        message = filler.fill(CLASSES[kind]())
        answer = echo.convert(kind, message.SerializeToString(), "bb")
        assert answer is not None and same(CLASSES[kind].FromString(answer), message), message


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WITH_MAPS])
def test_fields_are_written_in_the_order_of_their_numbers(echo, kind):
    """As Python does, so that the bytes are the same. The order of a map's entries is everybody's own."""
    filler = Filler(random.Random(f"deterministic {kind}"))
    for _ in range(ROUNDS):
        message = filler.fill(CLASSES[kind]())
        expected = message.SerializeToString(deterministic=True)
        assert echo.convert(kind, message.SerializeToString(), "bb") == expected


@pytest.mark.parametrize("kind", KINDS)
def test_python_reads_our_json(echo, kind):
    filler = Filler(random.Random(f"our json {kind}"), for_json=True)
    for _ in range(ROUNDS):
        message = filler.fill(CLASSES[kind]())
        text = echo.convert(kind, message.SerializeToString(), "bj")
        assert text is not None, message
        assert same(json_format.Parse(text, CLASSES[kind]()), message), text


@pytest.mark.parametrize("kind", KINDS)
def test_our_json_is_pythons_json(echo, kind):
    """The same members, with the same values; how numbers are spelled is free, so both are read as JSON."""
    filler = Filler(random.Random(f"same json {kind}"), for_json=True)
    for _ in range(ROUNDS):
        message = filler.fill(CLASSES[kind]())
        ours = json.loads(echo.convert(kind, message.SerializeToString(), "bj"))
        assert ours == json.loads(json_format.MessageToJson(message)), message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "style",
    [{}, {"preserving_proto_field_name": True}, {"always_print_fields_with_no_presence": True}, {"use_integers_for_enums": True}],
    ids=lambda style: next(iter(style), "plain"),
)
def test_we_read_pythons_json(echo, kind, style):
    filler = Filler(random.Random(f"their json {kind} {style}"), for_json=True)
    for _ in range(ROUNDS // 3):
        message = filler.fill(CLASSES[kind]())
        text = json_format.MessageToJson(message, ensure_ascii=filler.random.random() < 0.5, **style)
        answer = echo.convert(kind, text.encode(), "jb")
        assert answer is not None and same(CLASSES[kind].FromString(answer), message), text


def damaged(randomly, payload):
    """A copy with one to four bytes changed, removed, doubled or put in."""
    payload = bytearray(payload)
    for _ in range(randomly.randrange(1, 5)):
        place = randomly.randrange(len(payload) + 1)
        action = randomly.randrange(5)
        if action == 0:
            payload[place:place] = randomly.randbytes(1)
        elif action == 1:
            del payload[place : place + randomly.randrange(1, 4)]
        elif action == 2:
            payload[place : place + 1] = bytes([randomly.choice([0x00, 0x7F, 0x80, 0xFF, randomly.randrange(256)])])
        elif action == 3:
            payload[place:place] = payload[place : place + randomly.randrange(1, 20)]
        else:
            payload[place:place] = randomly.choice([b"\x0b", b"\x0c", b"\xff" * 10, b"\x80" * 9 + b"\x01", b"\x0a\x02\x08"])
    return bytes(payload)


def has_unknown_fields(message):
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return not same(known, message)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_bytes_are_refused_by_both_or_mean_the_same(echo, kind):
    """A map's entry with a field too many is an unknown field to Python; to us, Go and Java it is an entry."""
    randomly = random.Random(f"damaged {kind}")
    filler = Filler(randomly)
    refused = 0
    for _ in range(ROUNDS * 10):
        payload = damaged(randomly, filler.fill(CLASSES[kind]()).SerializeToString())
        try:
            expected = CLASSES[kind].FromString(payload)
        except DecodeError:
            expected = None
        answer = echo.convert(kind, payload, "bb")
        assert (answer is None) == (expected is None), f"{payload.hex()}: {expected!r}"
        if answer is None:
            refused += 1
        elif not (kind in WITH_MAPS and has_unknown_fields(expected)):
            assert same(CLASSES[kind].FromString(answer), expected), payload.hex()
    assert refused > ROUNDS // 10, "too few inputs were damaged enough"


def test_fields_of_a_newer_program_survive_an_older_one(echo):
    filler = Filler(random.Random("newer"))
    for _ in range(ROUNDS):
        newer = filler.fill(CLASSES["Newer"]())
        answer = echo.convert("Older", newer.SerializeToString(), "bb")
        assert answer is not None and same(CLASSES["Newer"].FromString(answer), newer), newer


def damaged_text(randomly, text):
    text = list(text)
    for _ in range(randomly.randrange(1, 4)):
        place = randomly.randrange(len(text) + 1)
        action = randomly.randrange(4)
        if action == 0:
            text[place : place + 1] = randomly.choice('{}[]",:0123456789.-+eE nulltruefalse_Z\\u')
        elif action == 1:
            del text[place : place + randomly.randrange(1, 4)]
        elif action == 2:
            text[place:place] = text[place : place + randomly.randrange(1, 10)]
        else:
            text[place:place] = randomly.choice(["null", "1e2", ".0", "-", '"1"', "[]", "{}", "99999999999", "true"])
    return "".join(text)


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_json_that_we_take_means_the_same_to_python(echo, kind):
    """Only one way: Python takes more, such as base64 with characters that are none."""
    randomly = random.Random(f"damaged json {kind}")
    filler = Filler(randomly, for_json=True)
    taken = 0
    for _ in range(ROUNDS * 5):
        text = damaged_text(randomly, json_format.MessageToJson(filler.fill(CLASSES[kind]()), indent=None))
        answer = echo.convert(kind, text.encode(), "jb")
        if answer is not None:
            taken += 1
            assert same(json_format.Parse(text, CLASSES[kind]()), CLASSES[kind].FromString(answer)), text
    assert taken > 0


@pytest.mark.parametrize(
    "kind, text",
    [
        ("Scalars", '{"int32Value": 1.0, "int64Value": 1e3, "uint32Value": "7", "uint64Value": 18446744073709551615}'),
        ("Scalars", '{"int32_value": -2147483648, "uint64_value": "18446744073709551615", "sint64Value": "-1"}'),
        ("Scalars", '{"doubleValue": "1.5", "floatValue": "-Infinity", "boolValue": true}'),
        ("Scalars", '{"bytesValue": "-_-_", "color": 2, "mode": "in"}'),
        ("Scalars", '{"bytesValue": "+/8", "color": "COLOR_CRIMSON"}'),
        ("Scalars", '{"stringValue": null, "color": null, "boolValue": null}'),
        ("Repeated", '{"int32Values": null, "colors": ["COLOR_RED", 2, -7]}'),
        ("Choices", '{"null": null}'),
        ("Choices", '{"any": null}'),
        ("Choices", '{"text": "a", "number": null}'),
        ("WellKnownTypes", '{"value": null, "values": [null, 1, {"a": [null]}], "nullValue": null, "struct": {}}'),
        ("WellKnownTypes", '{"timestamp": "1969-12-31T23:59:59.999999999Z", "duration": "-0.000000001s"}'),
        ("WellKnownTypes", '{"timestamp": "2024-02-29T23:59:59+14:00", "duration": "315576000000s"}'),
        ("WellKnownTypes", '{"fieldMask": "a.bC,dE", "int64Value": "5", "uint64Value": 5, "bytesValue": "AQI="}'),
        ("WellKnownTypes", '{"empty": {}, "boolValue": false, "stringValue": "", "doubleValue": "NaN"}'),
    ],
)
def test_forms_of_json_that_both_take(echo, kind, text):
    answer = echo.convert(kind, text.encode(), "jb")
    assert answer is not None and same(CLASSES[kind].FromString(answer), json_format.Parse(text, CLASSES[kind]()))


@pytest.mark.parametrize(
    "kind, text",
    [
        ("Scalars", '{"int32Value": 2147483648}'),
        ("Scalars", '{"int32Value": 1.5}'),
        ("Scalars", '{"uint32Value": -1}'),
        ("Scalars", '{"uint64Value": 18446744073709551616}'),
        ("Scalars", '{"int64Value": "9223372036854775808"}'),
        ("Scalars", '{"int64Value": -9223372036854775809}'),
        ("Scalars", '{"int32Value": " 1"}'),
        ("Scalars", '{"int32Value": ""}'),
        ("Scalars", '{"int32Value": true}'),
        ("Scalars", '{"floatValue": 3.5e38}'),
        ("Scalars", '{"doubleValue": 1e999}'),
        ("Scalars", '{"boolValue": "true"}'),
        ("Scalars", '{"boolValue": 1}'),
        ("Scalars", '{"stringValue": 1}'),
        ("Scalars", '{"color": "RED"}'),
        ("Scalars", '{"unheard": 1}'),
        ("Scalars", '{"int32Value": 1, "int32Value": 1}'),
        ("Scalars", "null"),
        ("Scalars", '{"int32Value": [1]}'),
        ("Repeated", '{"int32Values": 1}'),
        ("Repeated", '{"int32Values": [null]}'),
        ("Repeated", '{"scalars": [null]}'),
        ("Maps", '{"int32ToInt64": {"a": 1}}'),
        ("Maps", '{"boolToScalars": {"1": {}}}'),
        ("Maps", '{"stringToString": {"a": null}}'),
        ("Maps", '{"stringToString": {"a": "1", "a": "2"}}'),
        ("Choices", '{"text": "a", "number": 1}'),
        ("WellKnownTypes", '{"timestamp": "2023-02-29T00:00:00Z"}'),
        ("WellKnownTypes", '{"timestamp": "0000-01-01T00:00:00Z"}'),
        ("WellKnownTypes", '{"timestamp": "2023-01-01T00:00:00"}'),
        ("WellKnownTypes", '{"timestamp": "2023-01-01T00:00:00.0000000001Z"}'),
        ("WellKnownTypes", '{"duration": "1"}'),
        ("WellKnownTypes", '{"duration": "315576000001s"}'),
        ("WellKnownTypes", '{"struct": [1]}'),
        ("WellKnownTypes", '{"int32Value": "2147483648"}'),
        ("Scalars", '{"doubleValue": NaN}'),
        ("WellKnownTypes", '{"duration": "1e1s"}'),
        ("WellKnownTypes", '{"fieldMask": "a_b"}'),
    ],
)
def test_forms_of_json_that_both_refuse(echo, kind, text):
    with pytest.raises(json_format.ParseError):
        json_format.Parse(text, CLASSES[kind]())
    assert echo.convert(kind, text.encode(), "jb") is None


@pytest.mark.parametrize(
    "kind, text",
    [
        ("Scalars", '{"color": 1.5}'),
        ("Scalars", '{"color": "1"}'),
        ("Scalars", '{"int32Value": 1, "int32_value": 1}'),
        ("Scalars", "[]"),
        ("Scalars", '{"int32Value": "1_0"}'),
        ("Scalars", '{"bytesValue": "A Q I ="}'),
    ],
)
def test_forms_of_json_that_only_python_takes(echo, kind, text):
    json_format.Parse(text, CLASSES[kind]())
    assert echo.convert(kind, text.encode(), "jb") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"unheard": [{"deep": 1}], "int32Value": 7}',
        '{"color": "COLOR_UNHEARD_OF", "int32Value": 7}',
    ],
)
def test_unknown_names_in_json_are_ignored_on_demand(echo, text):
    assert echo.convert("Scalars", text.encode(), "jb") is None
    answer = echo.convert("Scalars", text.encode(), "ib")
    assert same(CLASSES["Scalars"].FromString(answer), json_format.Parse(text, CLASSES["Scalars"](), ignore_unknown_fields=True))
