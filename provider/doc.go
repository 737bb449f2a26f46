// Package provider is the protocol of an OAuth 2 authorization server and
// OpenID provider. A method of Provider is an endpoint without HTTP: it takes
// parameters and returns a response or an error.
//
// Reading order. A file only uses names of the files above it, apart from the
// methods of Provider.
//
//	url.go document.go seal.go pkce.go refresh_tokens.go unanswered.go
//	slow_secret.go secret_keeper.go sector.go    client secrets and sectors
//	client_cache.go client_keys.go               clients and the keys that they publish
//	keys.go signing_key.go key_ring.go           the signing keys
//	grant.go code.go grant_code.go grant_refresh.go grant_client_credentials.go grants.go
//	settings.go provider.go                      Settings, Config, Provider, New
//	signing.go encryption.go subject.go          what every JWT needs
//	scope.go lifetime.go parameters.go redact.go
//	authenticate.go cors.go                      the client of a request
//	request_object_verify.go request_object.go   signed authorization requests
//	authorization_request.go event.go response.go authorize.go next.go
//	jwt_access_token.go id_token.go              the JWTs of a token response
//	session_state.go issue.go                    the rows and texts of tokens
//	approve.go token.go                          the only writers of tokens
//	key_rotation.go jwks.go                      rotating and publishing signing keys
//	access_token.go introspect.go revoke.go userinfo.go metadata.go
//	backchannel.go frontchannel.go logout.go run.go
//	client_validate.go client_openid.go          the rules for registering a client
package provider
