// Package oauth defines the types of OAuth 2 and OpenID Connect, and what a backend
// must do. It has no protocol logic, no HTTP and no SQL. Package provider
// implements the protocol on top of it.
//
// Reading order. A file refers only to names in files above it:
//
//	base62.go secret.go registration.go   IDs, hashes and the texts of tokens
//	error.go redact.go                    errors that a client may see
//	params.go audience.go                 parameters of a request, and what tokens are for
//	scope_weight.go scope.go admin_scope.go response.go algorithms.go    names that the specifications define
//	claims.go claims_request.go details.go claims, and how a client asks for them
//	lifetime.go legacy.go translations.go client_openid.go client.go client_authentication.go client_localized.go deleted_client.go
//	host.go resource.go definition.go id_jag_audience.go client_secret.go wildcard.go redirect.go redirect_wildcard.go client_url.go origin.go
//	person_rule.go trusted_issuer.go workload.go      other servers whose JWTs are accepted
//	authentication.go session.go consent.go initial_access.go ticket.go actor.go token.go access.go spend.go signing_key.go
//	event.go event_factors.go event_types.go webhook.go outbound.go rejection.go login_failure.go flow.go tally.go extension_grant.go hook.go     what a host receives and provides
//	client_change.go client_described.go node.go issuer_claim.go store.go admin.go    what a backend promises
//	store_wait.go                         waiting for a Store
package oauth
