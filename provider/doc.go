// Package provider is the protocol of an OAuth 2 authorization server and
// OpenID provider. A method of Provider is an endpoint without HTTP: it takes
// parameters and returns a response or an error.
//
// Reading order. A file uses only names from the files above it, apart from the
// methods of Provider.
//
//	json.go url.go document.go seal.go compress.go pkce.go refresh_tokens.go unanswered.go first_times.go unreleased_claims.go
//	address.go guesses.go flights.go slow_secret.go client_fault.go secret_keeper.go secret_uses.go memory_size.go client_cache.go
//	keys.go master_key.go signing_key.go key_ring.go           the signing keys
//	user_code.go device_polls.go                 the codes of devices
//	grant.go legacy.go code.go                   what a grant decides
//	registration.go document_policy.go document_cache.go hook_error.go definition_fault.go settings.go registration_warning.go limits.go resources.go definitions.go catalog.go people_checks.go provider.go hook_panics.go assurance.go scope_source.go stored_definitions.go  Settings, Config, Provider
//	sector.go client_addresses.go client_keys.go what clients publish
//	redact.go assertion_once.go use_once.go trusted_issuers.go issuer_keys.go  JWTs of others
//	replay_window.go                             refreshes without an answer
//	client_document.go client_lookup.go          what a client_id means
//	signing.go encryption.go subject.go hooks.go check_person.go what every JWT needs
//	device_ticket.go device_request.go device_decision.go
//	foreign_jwt.go foreign_person.go id_jag_accept.go
//	exchange_subject.go exchange_actor.go id_jag.go
//	grant_*.go grants.go                         the grants
//	parameters.go grant_extension.go             grants of the host program
//	new.go                                       New
//	scope.go
//	client_assertion.go authenticate.go workload_identity.go client_assertion_verify.go cors.go  the client of a request
//	request_object_verify.go request_object.go   signed authorization requests
//	sent_to_login.go authorization_request.go resource_indicators.go begin_device.go handle.go event.go response.go id_token_hint.go push.go authorize.go host_login.go admin_scope.go next.go required_assurance.go lifetime.go
//	jwt_id.go jwt_access_token.go id_token.go    the JWTs of a token response
//	session_state.go token_response.go prepare.go id_jag_issue.go issue.go  the rows and texts of tokens
//	kept_request.go                              requests that wait for an email
//	period.go approve.go token.go                the only writers of tokens
//	direct_token.go                              tokens that the host program orders
//	key_rotation.go jwks.go                      rotating and publishing signing keys
//	device_authorization.go
//	access_token.go admin_token.go client_at_api.go introspector.go introspect.go revoke.go revocation_delay.go find_token.go userinfo.go forward_auth.go metadata.go resource_metadata.go
//	ticket_list.go cancel.go                     tickets for the back office
//	initiate_login.go backchannel.go logout_delivery.go frontchannel.go logout.go run.go
//	validation.go client_authentication.go client_openid.go client_texts.go client_validate.go  the rules for registering a client
//	client_metadata.go software_statement.go initial_access.go registration_person.go register.go register_manage.go  clients that register themselves
//	client_document_read.go                      clients that a document describes
package provider
