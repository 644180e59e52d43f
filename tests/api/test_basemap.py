"""The base map is read in ranges, as RFC 9110 has them, by members of the town only."""

from __future__ import annotations

import pytest

from anlan.api.basemap import basemap_file

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("a file is read")]
URL = "/maps/littleton/basemap.pmtiles"
TILES = bytes(range(256)) * 4


@pytest.fixture
def tiles(little_town):
    path = basemap_file(little_town)
    path.write_bytes(TILES)
    return path


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_whole_map_is_there_to_read(tiles, dispatcher):
    response = dispatcher.client.get(URL)
    assert response.status_code == 200
    assert body(response) == TILES
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "1024"


@pytest.mark.parametrize(
    ("asked", "given", "said"),
    [
        ("bytes=0-6", TILES[:7], "bytes 0-6/1024"),
        ("bytes=1000-", TILES[1000:], "bytes 1000-1023/1024"),
        ("bytes=1000-9999", TILES[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", TILES[-24:], "bytes 1000-1023/1024"),
        ("bytes=-9999", TILES, "bytes 0-1023/1024"),
        ("bytes=1023-1023", TILES[-1:], "bytes 1023-1023/1024"),
    ],
)
def test_a_range_is_answered_with_its_part(tiles, dispatcher, asked, given, said):
    response = dispatcher.client.get(URL, headers={"Range": asked})
    assert response.status_code == 206
    assert body(response) == given
    assert response["Content-Range"] == said
    assert response["Content-Length"] == str(len(given))


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=9999-10000", "bytes=-0"])
def test_a_range_beyond_the_map_is_refused_with_its_size(tiles, dispatcher, asked):
    response = dispatcher.client.get(URL, headers={"Range": asked})
    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */1024"


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=-", "bytes=a-b", "lines=1-2", "bytes=0-1,4-5", "bytes=1-2-3", "x"]
)
def test_what_is_no_single_range_of_bytes_is_left_unheeded(tiles, dispatcher, asked):
    response = dispatcher.client.get(URL, headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, TILES)


def test_head_says_the_same_without_a_body(tiles, dispatcher):
    response = dispatcher.client.head(URL, headers={"Range": "bytes=0-6"})
    assert (response.status_code, body(response)) == (206, b"")
    assert response["Content-Length"] == "7"


def test_a_map_that_is_known_already_is_not_sent_again(tiles, dispatcher):
    tag = dispatcher.client.head(URL)["ETag"]
    assert dispatcher.client.get(URL, headers={"If-None-Match": tag}).status_code == 304


def test_a_range_of_an_older_map_is_answered_with_the_whole_new_one(tiles, dispatcher):
    headers = {"Range": "bytes=0-6", "If-Range": '"older"'}
    assert body(dispatcher.client.get(URL, headers=headers)) == TILES
    headers["If-Range"] = dispatcher.client.head(URL)["ETag"]
    assert dispatcher.client.get(URL, headers=headers).status_code == 206


def test_an_empty_map_has_no_range(tiles, dispatcher):
    tiles.write_bytes(b"")
    assert dispatcher.client.get(URL).status_code == 200
    assert dispatcher.client.get(URL, headers={"Range": "bytes=0-6"}).status_code == 416


def test_a_town_without_a_map_says_so(little_town, dispatcher):
    basemap_file(little_town).unlink(missing_ok=True)
    response = dispatcher.client.get(URL)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_only_members_read_the_map(tiles, member, client):
    assert client.get(URL).status_code == 401
    assert member(None).client.get(URL).status_code == 403
    assert member("crew").client.get(URL).status_code == 200
    assert member("crew").client.get("/maps/elsewhere/basemap.pmtiles").status_code == 404


def test_the_map_is_not_written_from_outside(tiles, dispatcher):
    headers = {"X-CSRFToken": "a" * 32}
    response = dispatcher.client.post(URL, headers=headers)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
