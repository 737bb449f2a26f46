package clientfields

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// table returns all fields. A test compares it with the members of oauth.Client
// in JSON.
func table() []Group {
	return []Group{
		{Title: "Application", Basic: true, Fields: []Field{
			{Name: "client_id", Label: "Client ID", Help: "Identifies the application in its requests.", Default: "a new random ID", Fixed: true},
			{Name: "client_name", Needs: account.ApplicationsDescribe, Label: "Name", Help: "The name that people see when they are asked for permission.", ShortFlag: "name"},
			{Name: "client_type", Label: "Client type", Help: "Whether the application can keep a secret. The type cannot be changed later.", Choices: clientTypes(), Default: string(oauth.Confidential), Fixed: true, ShortFlag: "type"},
			{Name: "owner_id", Needs: account.ApplicationsOwners, Label: "Owner", Help: "The username of the person who is responsible for the application."},
			{Name: "co_owner_ids", Needs: account.ApplicationsOwners, Label: "More owners", Help: "The usernames of other people who manage the application on the page of their own applications, at most 20.", Default: "none"},
			{Name: "client_uri", Needs: account.ApplicationsDescribe, Label: "Homepage", Help: "The consent page links to this https URL.", ShortFlag: "homepage"},
			{Name: "logo_uri", Needs: account.ApplicationsDescribe, Label: "Logo", Help: "The consent page shows the image at this https URL. The server fetches it: a PNG, JPEG, GIF or WebP file of at most 256 KiB, at a public address. It follows up to three redirects.", ShortFlag: "logo"},
		}},
		{Title: "About the application", Fields: []Field{
			{Name: "tos_uri", Needs: account.ApplicationsDescribe, Label: "Terms of service", Help: "The login page and the consent page link to this https URL.", ShortFlag: "terms"},
			{Name: "policy_uri", Needs: account.ApplicationsDescribe, Label: "Privacy policy", Help: "The login page and the consent page link to this https URL.", ShortFlag: "privacy"},
			{Name: "operator", Label: "Operator", Help: "The organization or person who runs the application, such as Harbor Ltd. The consent page and people's account pages show the name. Only administrators can set it."},
			{Name: "brand_color", Needs: account.ApplicationsWrite, Label: "Color", Help: "The color of buttons and links on the pages on which people log in to the application or give it permission, such as #0f5f57. It must have enough contrast with the background of light pages. On dark pages, it is a lighter shade. The header keeps the colors of this server. Only administrators can set it.", Default: "the colors of this server"},
			{Name: "translations", Needs: account.ApplicationsDescribe, Label: "Translations", Help: "The name and the URLs of the application in other languages, such as {\"client_name#de\": \"Laden\"}. People see the texts in their own language."},
			{Name: "contacts", Needs: account.ApplicationsDescribe, Label: "Contacts", Help: "Email addresses of the people who are responsible for the application. Only administrators see them."},
			{Name: "software_id", Needs: account.ApplicationsDescribe, Label: "Software ID", Help: "Identifies the software, which can have many installations. Only administrators see it."},
			{Name: "software_version", Needs: account.ApplicationsDescribe, Label: "Software version", Help: "The version of the software. Only administrators see it."},
			{Name: "metadata", Label: "Metadata", Help: "A JSON object for your own use, such as {\"plan\": \"gold\", \"tenant\": \"acme\"}, of at most 4096 bytes. The functions of a program that embeds the server can read it, for example to add claims. Only administrators can set it: an application that registers itself, or has a metadata document, cannot."},
		}},
		{Title: "Access", Basic: true, Fields: []Field{
			{Name: "grant_types", Risk: Removes, Label: "Grant types", Help: "How the application gets tokens. If a command or a program adds an application without grant types, a public application or one with a redirect URI gets authorization_code and refresh_token, and any other gets client_credentials.", Choices: grantTypes(), ShortFlag: "grant"},
			{Name: "redirect_uris", Needs: account.ApplicationsSecrets, Risk: Removes, Commas: true, Label: "Redirect URIs", Help: "The addresses to which the browser can return. A request must name one of the URIs exactly; only the port of a loopback address may differ. A public application can also use a private-use scheme, such as com.example.app:/callback. For a public application with a loopback or private-use redirect URI, people are asked for permission every time, because another program on the device could receive the response. A scheme without a dot, as in myapp:/callback, belongs to nobody, so any app can claim it."},
			{Name: "scope", Risk: Narrows, Label: "Allowed scopes", Help: "The scopes that the application may request.", Default: "all scopes, apart from those of the admin API"},
			{Name: "default_scope", Label: "Default scopes", Help: "The scopes that a request gets if it does not name any.", Default: "the server's default scopes"},
			{Name: "allowed_resources", Risk: Narrows, Commas: true, Label: "Allowed resources", Help: "The URIs of the resources that the application may request access tokens for, such as https://api.example.com. Resources are APIs that are listed in the configuration of the server.", Default: "all resources of the server", ShortFlag: "resources"},
			{Name: "recommended_scope", Label: "Recommended scopes", Help: "The optional scopes that are selected in advance when people are asked for permission. Other optional scopes are not selected, unless the person has allowed them before.", Default: "none"},
		}},
		{Title: "Security", Fields: []Field{
			{Name: "application_type", Risk: Replaces, Label: "Application type", Help: "Where the application runs. The redirect URIs of a web application are https URLs; those of a native application can also be loopback addresses or have private-use schemes.", Choices: plain(oauth.ApplicationTypes()), Default: "none; any redirect URI is allowed"},
			{Name: "skip_authorization", Risk: Forbids, Label: "Skip authorization", Help: "People are not asked for permission. Choose this only for your own applications. People are still asked every time if any program on the device could receive the response (RFC 8252 section 8.6). This is possible if the redirect URI is a loopback address or has a private-use scheme, and the application is public or a response type sends tokens through the browser. prompt=none then always fails."},
			{Name: "agent", Label: "Agent", Help: "The application decides by itself what it does, for example because a language model controls it. On the consent page, each scope that changes data or keeps the access is optional, and not selected in advance."},
			{Name: "ask_every_time", Needs: account.ApplicationsSecrets, Risk: Demands, Label: "Ask every time", Help: "People are asked for permission at every authorization request, even if they have given it before. prompt=none then always fails."},
			{Name: "require_second_factor", Risk: Demands, Label: "Require a second factor", Help: "People need two factors to use the application. A person who has only a password is asked to add a second factor. A browser that the person chose to remember is not enough. This applies to people with an account here, not to those of a host program."},
			{Name: "forward_auth_groups", Risk: Narrows, Commas: true, Label: "Groups for forward authentication", Help: "A host that is protected by forward authentication can be used only by people who are in one of these groups, according to the groups claim.", Default: "everybody", Only: oauth.Public},
			{Name: "require_pkce", Needs: account.ApplicationsSecrets, Risk: Demands, Label: "Require PKCE", Help: "A confidential application must use PKCE even if it sends a nonce. A public application must always use it."},
			{Name: "code_without_pkce", Risk: Forbids, Label: "Codes without PKCE", Help: "The application can omit both PKCE and the nonce. A stolen code can then be injected into another session of the application, so choose this only for an old application.", Only: oauth.Confidential},
			{Name: "token_endpoint_auth_method", Needs: account.ApplicationsSecrets, Risk: Replaces, Label: "Client authentication", Help: "How the application authenticates at the token endpoint and at other endpoints that require it. With private_key_jwt and client_secret_jwt, a secret in a request is rejected.", Choices: authMethods(), Default: "the client secret, in the header or the body; a public application sends only its client ID", ShortFlag: "auth-method"},
			{Name: "token_endpoint_auth_signing_alg", Risk: Replaces, Label: "Client authentication signature", Help: "The only algorithm with which the application signs its assertions.", Choices: plain(oauth.ClientAlgorithms()), Default: "any algorithm that fits its keys; HS256 with client_secret_jwt", ShortFlag: "auth-alg"},
			{Name: "workload_identities", Risk: Removes, Label: "Workload identities", Help: "Workloads that can authenticate as the application with a JWT from a trusted issuer, such as a Kubernetes service account or a GitHub Actions job: a JSON list of issuer, subject and claims, such as [{\"issuer\": \"https://token.actions.githubusercontent.com\", \"subject\": \"repo:acme/shop:environment:production\"}].", Only: oauth.Confidential, ShortFlag: "workloads"},
			{Name: "require_pushed_authorization_requests", Risk: Demands, Label: "Require pushed requests", Help: "Authorization requests that the application did not push first are rejected (RFC 9126).", ShortFlag: "require-pushed-requests"},
			{Name: "resource_server", Risk: Forbids, Label: "API", Help: "The application is an API, and may introspect the tokens of all applications. If the server's resources name the application, it may introspect only the tokens for these resources.", Only: oauth.Confidential},
			{Name: "service_user_id", Risk: Replaces, Label: "Service user", Help: "The username of the account that is the subject (sub) of tokens from the client_credentials grant. The tokens are revoked when the account is disabled. Use an account that no person uses.", Default: "none; the application itself is the subject", Only: oauth.Confidential},
			{Name: "admin_role", Risk: Replaces, Label: "Role in the admin API", Help: "The role with which the application can use the admin API for itself, with tokens from the client_credentials grant. It also needs scopes that begin with latchkey:. A token for a person has the role of the person instead.", Choices: plain(oauth.AdminRoles()), Default: "none; the application cannot use the admin API for itself", Only: oauth.Confidential},
			{Name: "multiple_resources", Risk: Forbids, Label: "Several resources per token", Help: "A request can name several resources, and an access token can be for all of them. Each of these APIs can then use the token at the others, so choose this only if they trust each other."},
			{Name: "allowed_origins", Risk: Removes, Label: "Allowed origins", Help: "Web pages of these origins, such as https://app.example, can call the endpoints of this server from a browser (CORS). Pages at the origins of the redirect URIs always can.", ShortFlag: "origin"},
		}},
		{Title: "Token exchange", Fields: []Field{
			{Name: "exchange_clients", Risk: Removes, Commas: true, Label: "Exchangeable tokens", Help: "The client IDs of other applications. The application may exchange access tokens that were issued to them, in addition to its own, if it may use the grant type token_exchange.", Default: "only its own", Only: oauth.Confidential},
			{Name: "id_jag_audiences", Risk: Removes, Commas: true, Label: "ID-JAG audiences", Help: "The issuers of authorization servers in other domains. The application may exchange an ID token for an assertion (ID-JAG) that such a server accepts. If the application has another client ID there, write it after a #, as in https://chat.example#f53f191f. Parameters after a semicolon limit the assertion, as in https://chat.example#f53f191f;scope=chat.read. The parameters are scope and resource, which can be repeated, and aud_tenant, the tenant at that server.", Only: oauth.Confidential},
			{Name: "exchange_impersonation", Risk: Forbids, Label: "Impersonation", Help: "Exchanged tokens do not name the application as the actor, so an API cannot see that the application acts for the person.", Only: oauth.Confidential},
		}},
		{Title: "Legacy features", Fields: []Field{
			{Name: "legacy_features", Risk: Removes, Label: "Legacy features", Help: "Insecure features that the application may use until the end of a day (UTC), such as password=2027-03-31. After that day they are rejected. The features are: implicit (the response type token), password (the grant type password), pkce_plain (the code_challenge_method plain), token_in_query (an access token in a URL) and insecure_wildcard_redirect (a redirect URI such as https://*.preview.example.com/cb). The command latchkey check and the back office list all exceptions.", Default: "none"},
		}},
		{Title: "Tokens", Fields: []Field{
			{Name: "access_token_format", Risk: Replaces, Label: "Access token format", Help: "How an API checks an access token.", Choices: tokenFormats(), Default: string(oauth.Opaque), ShortFlag: "token-format"},
			{Name: "access_token_ttl", Needs: account.ApplicationsWrite, Label: "Access token lifetime", Help: "How long an access token is valid, for example 30 minutes.", Default: "the server's lifetime"},
			{Name: "refresh_token_idle_ttl", Needs: account.ApplicationsWrite, Label: "Refresh token idle lifetime", Help: "How long a refresh token is valid if it is not used, for example 30 days.", Default: "the server's lifetime"},
			{Name: "code_ttl", Needs: account.ApplicationsWrite, Label: "Authorization code lifetime", Help: "How long an authorization code is valid, at most 10 minutes.", Default: "the server's lifetime"},
			{Name: "device_code_ttl", Needs: account.ApplicationsWrite, Label: "Device code lifetime", Help: "How long a person has to enter the code that a device shows, at most 1 hour.", Default: "the server's lifetime"},
			{Name: "refresh_token_ttl", Needs: account.ApplicationsWrite, Label: "Refresh token lifetime", Help: "How long refresh tokens are valid after a person has given permission, however often they are used, for example 180 days.", Default: "the server's lifetime"},
		}},
		{Title: "OpenID Connect", Fields: []Field{
			{Name: "response_types", Risk: Removes, Label: "Response types", Help: "What the application may request at the authorization endpoint. All types except code send tokens through the browser, where they can leak.", Choices: plain(oauth.ResponseTypes()), Default: oauth.ResponseTypeCode},
			{Name: "id_token_signed_response_alg", Risk: Replaces, Label: "ID token signature", Help: "All applications support RS256. ES256 signatures are shorter and take a tenth of the CPU time; choose ES256 if the application supports it. HS256 signs with the client secret, which is then stored encrypted instead of hashed: anyone who has the secret can create ID tokens for this application.", Choices: plain(oauth.ClientAlgorithms()), Default: oauth.DefaultIDTokenAlg, ShortFlag: "id-token-alg"},
			{Name: "omit_profile_from_id_token", Risk: Demands, Label: "ID tokens without profile", Help: "The claims of the scopes profile and email are not in ID tokens from the token endpoint. Choose this if the application calls the userinfo endpoint."},
			{Name: "omit_id_token_at_refresh", Risk: Demands, Label: "No ID token at refresh", Help: "The response to a refresh has no ID token, which saves a signature. Choose this if the application reads only the first ID token."},
			{Name: "userinfo_signed_response_alg", Risk: Replaces, Label: "Userinfo signature", Help: "The algorithm that signs userinfo responses.", Choices: plain(oauth.ClientAlgorithms()), Default: "plain JSON, not signed", ShortFlag: "userinfo-alg"},
			{Name: "subject_type", Risk: Replaces, Label: "Subject type", Help: "How the application identifies a person.", Choices: subjectTypes(), Default: string(oauth.SubjectPublic)},
			{Name: "sector_identifier_uri", Risk: Replaces, Label: "Sector identifier URI", Help: "Applications with the same host in this URI get the same pairwise subjects. The document at this https URL must list the redirect URIs. It is fetched when you save.", Default: "the host of the redirect URIs"},
			{Name: "initiate_login_uri", Needs: account.ApplicationsSecrets, Label: "Login URI", Help: "The page of the application that starts a login. People's account pages have a button that opens it, with the parameter iss (OpenID Connect Core section 4)."},
			{Name: "default_max_age", Label: "Default maximum age", Help: "The time after which a person must log in again, such as 1h or 30 days. A request can override it with max_age.", Default: "no limit"},
		}},
		{Title: "Logout", Fields: []Field{
			{Name: "post_logout_redirect_uris", Needs: account.ApplicationsSecrets, Risk: Removes, Commas: true, Label: "Redirect URIs after logout", Help: "The addresses to which the browser can return after logout."},
			{Name: "backchannel_logout_uri", Needs: account.ApplicationsSecrets, Label: "Back-channel logout URI", Help: "The server sends a logout token to this URL when a person logs out, and retries for a day."},
			{Name: "frontchannel_logout_uri", Needs: account.ApplicationsSecrets, Label: "Front-channel logout URI", Help: "The browser loads this URL in a hidden frame when a person logs out. Many browsers send no cookies from such a frame, so back-channel logout is more reliable."},
		}},
		{Title: "Keys and encryption", Fields: []Field{
			{Name: "jwks_uri", Needs: account.ApplicationsSecrets, Risk: Removes, Label: "Key set URI", Help: "The application publishes its public keys as a JWK Set at this https URL. They are used to verify its assertions and signed requests, and to encrypt responses to it. The server fetches the set again when it does not know a key."},
			{Name: "jwks", Needs: account.ApplicationsSecrets, Risk: Removes, Label: "Key set", Help: "The public keys of the application as a JWK Set, such as {\"keys\": […]}. Enter either the key set or its URI."},
			{Name: "id_token_encrypted_response_alg", Risk: Replaces, Label: "ID token encryption", Help: "The algorithm that encrypts ID tokens to a key of the application.", Choices: plain(oauth.EncryptionAlgorithms()), Default: "not encrypted"},
			{Name: "id_token_encrypted_response_enc", Risk: Replaces, Label: "ID token content encryption", Help: "The algorithm that encrypts the content of an ID token.", Choices: plain(oauth.ContentEncryptions()), Default: oauth.DefaultEncryption},
			{Name: "userinfo_encrypted_response_alg", Risk: Replaces, Label: "Userinfo encryption", Help: "The algorithm that encrypts userinfo responses to a key of the application.", Choices: plain(oauth.EncryptionAlgorithms()), Default: "not encrypted"},
			{Name: "userinfo_encrypted_response_enc", Risk: Replaces, Label: "Userinfo content encryption", Help: "The algorithm that encrypts the content of a userinfo response.", Choices: plain(oauth.ContentEncryptions()), Default: oauth.DefaultEncryption},
		}},
		{Title: "Signed requests", Fields: []Field{
			{Name: "require_signed_request_object", Risk: Demands, Label: "Require signed requests", Help: "Authorization requests that are not signed are rejected (RFC 9101).", ShortFlag: "require-signed-request"},
			{Name: "request_object_signing_alg", Risk: Replaces, Label: "Request signature", Help: "The algorithm that signs authorization requests. With none, request objects are not signed.", Choices: plain(oauth.RequestObjectAlgorithms()), Default: "any of them except none", ShortFlag: "request-object-alg"},
			{Name: "request_uris", Risk: Removes, Commas: true, Label: "Request URIs", Help: "The only URLs from which the server fetches authorization requests."},
		}},
		{Title: "Status", Status: true, Fields: []Field{
			{Name: "document_fetched_at", Label: "Metadata document", Help: "When the stored metadata was fetched from the URL that is the client ID. When the document is needed and has expired, the server fetches it again and uses its new content.", Default: "none; the application was added or registered here"},
			{Name: "software_statement_issuer", Label: "Software publisher", Help: "The trusted issuer of the software statement with which the application registered itself. If the application updates its registration, it needs a statement from the same issuer.", Default: "none"},
			{Name: "administrator_set", Label: "Set by administrators", Help: "The fields that an administrator changed after the application registered itself. If the application updates its own registration, they do not change.", Default: "none"},
			{Name: "credential_generation", Label: "Earlier secrets", Help: "How many client secrets the application had before the current one, if it registered itself."},
			{Name: "registration_token_revoked_at", Label: "Registration access token revoked", Help: "When an administrator revoked the token with which the application managed its own registration (RFC 7592).", Default: "not revoked"},
			{Name: "expires_at", Label: "Deleted if unused", Help: "When the application is deleted if nobody uses it. Only applications that registered themselves or have a metadata document are deleted, and only if no administrator has changed them.", Default: "never"},
			{Name: "registered_by_person", Label: "Registered by a person", Help: "A person registered the application on the page of their own applications."},
			{Name: "unverified_at", Label: "Not verified since", Help: "The consent page warns people, because nobody has approved the application since a person registered it, an owner transferred it, or an owner changed it. Its logo is not shown. People who allowed the application before are asked again.", Default: "verified"},
			{Name: "review", Label: "Review", Help: "Whether an operator has to look at the application: waiting (a person registered it, and it is disabled), changed (an owner changed it after it was approved) or rejected.", Default: "none"},
			{Name: "review_reason", Label: "Reason", Help: "Why the application was rejected. Its owners see the reason.", Default: "none"},
			{Name: "disabled", Label: "Disabled", Help: "All requests and tokens of the application are rejected."},
			{Name: "revoked_before", Label: "Revoked before", Help: "Tokens that were issued at this time or earlier are revoked."},
			{Name: "created_at", Label: "Added", Help: "When the application was added."},
			{Name: "updated_at", Label: "Changed", Help: "When the application was last changed."},
			{Name: "version", Label: "Version", Help: "How many times the application was changed."},
		}},
	}
}
