"""The official Python SDK of MCP calls tools of a protected MCP server. Without a
client_id, it uses the URL of its metadata document, or registers itself at the
provider."""

import asyncio
from urllib.parse import parse_qs, urlparse

import httpx2
from mcp import ClientSession
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata

from person import config, done, visit

requested = []
answer = {}


class Storage:
    tokens = None
    client = None
    if config.get("client_id"):
        client = OAuthClientInformationFull(
            client_id=config["client_id"], redirect_uris=[config["redirect_uri"]], token_endpoint_auth_method="none"
        )

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        assert self.client is None, "the client registered itself again"
        assert config.get("client_metadata_url", client.client_id) == client.client_id
        self.client = client


storage = Storage()


async def redirect(url):
    query = parse_qs(urlparse(url).query)
    assert query["client_id"] == [storage.client.client_id]
    scopes = set(query["scope"][0].split()) - {"offline_access"}  # the SDK requests it if the provider supports it
    requested.append((sorted(scopes), query["resource"][0]))
    answer.update(parse_qs(urlparse(visit(url)).query))


async def callback():
    return AuthorizationCodeResult(code=answer["code"][0], state=answer["state"][0], iss=answer["iss"][0])


async def main():
    auth = OAuthClientProvider(
        server_url=config["server"],
        client_metadata=OAuthClientMetadata(client_name="MCP client", redirect_uris=[config["redirect_uri"]]),
        storage=storage,
        redirect_handler=redirect,
        callback_handler=callback,
        client_metadata_url=config.get("client_metadata_url"),
    )
    async with httpx2.AsyncClient(auth=auth, follow_redirects=True) as http:
        async with streamable_http_client(config["server"], http_client=http) as (read, write, *_):
            async with ClientSession(read, write) as session:
                await session.initialize()

                async def call(name, **arguments):
                    return (await session.call_tool(name, arguments)).content[0].text

                before = await call("show_notes")
                after = before + "\none more" if before else "one more"
                assert await call("add_note", text="one more") == after
                assert await call("show_notes") == after


asyncio.run(main())
assert requested == [
    (["notes:read"], config["server"]),
    (["notes:read", "notes:write"], config["server"]),
], requested
done()
