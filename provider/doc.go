// Package provider is the protocol of an OAuth 2 authorization server and
// OpenID provider. A method of Provider is an endpoint without HTTP: it takes
// parameters and returns a response or an error.
//
// Reading order:
//
//	settings.go provider.go run.go           Settings, Config, Provider, New, Run
//	scope.go parameters.go client_cache.go authenticate.go
//	authorization_request.go authorize.go next.go approve.go response.go
//	grant.go grant_code.go grant_refresh.go grant_client.go grants.go
//	issue.go id_token.go                     the only writer of tokens
//	introspect.go revoke.go userinfo.go logout.go metadata.go
//	keys.go key_rotation.go
package provider
