package rejections

// Sentences that several fixes contain.
const (
	sendAgain     = "Nothing has to be changed here. "
	newPermission = sendAgain + "The application has to send the person to the authorization endpoint again."
	atApp         = sendAgain + "The application has to be corrected: "
)

// ofPage is the fix for a request to a page for people.
var ofPage = Fix{Name: "Request of a page that failed", Text: sendAgain + "The person can open the page again and repeat the step."}

// Unfetched is the fix for an attempt in which a person has given permission, and the application has not requested its
// tokens since.
const Unfetched = "The application has not sent the code to the token endpoint. Look in the log of the application: often, it rejects the response because of its state or a cookie, or it cannot reach this server. A device asks for its tokens only while it is switched on."

// fixes are the fixes by the reason of the error, by its code and its reason where a reason means
// different things, and by its code for errors without a reason of their own. A test fails if an
// error of the server has none.
var fixes = map[string]Fix{
	// The application, and how it authenticates.
	"unknown_client":               {Name: "Unknown application", Cause: "There is no application with this client ID.", Text: "Compare the client ID in the configuration of the application with the one on its page here, and look for a space at the end. If the application was deleted less than seven days ago, it can be restored."},
	"wrong_secret":                 {Name: "Wrong or expired client secret", Cause: "The client secret is wrong or has expired.", Text: "Compare the last four characters of the secret in the configuration of the application with those on its page here. If the secret is lost, rotate it: the old one stays valid for the overlap that you choose.", Place: PlaceSecrets},
	"no_secret":                    {Name: "No client secret", Cause: "The application sent no client secret.", Text: "Configure the client secret in the application. If it cannot keep a secret, for example because it runs in a browser, add it as a public application.", Place: PlaceSecrets},
	"unwanted_secret":              {Name: "Client secret of a public application", Cause: "A public application sent a client secret.", Text: atApp + "remove the client secret from its configuration. If it runs on a server and can keep a secret, add it as a confidential application: the type cannot be changed later.", Fields: []string{"client_type"}},
	"other_method":                 {Name: "Authentication with a method other than the registered one", Cause: "The application authenticated with a method other than the registered one.", Text: "Use the registered method in the application, or change the method here.", Fields: []string{"token_endpoint_auth_method"}},
	"bad_assertion":                {Name: "Client assertion that cannot be verified", Text: "Compare the key and the algorithm with which the application signs its assertions with those that are registered here.", Fields: []string{"jwks_uri", "jwks", "token_endpoint_auth_signing_alg"}},
	"malformed":                    {Name: "Malformed request", Text: atApp + "the description says which part of the request has the wrong form."},
	"throttled":                    {Name: "Too many attempts", Text: "Wait until the time in the description has passed. Then use the right secret or password: further attempts with a wrong one start the wait again.", Place: PlaceSecrets},
	"bad_document":                 {Name: "Metadata document that cannot be used", Text: "The operator of the application has to correct the document at the URL that is its client ID. It is read again when it expires."},
	"document_host":                {Name: "Metadata document of another host", Text: "Applications of this host are not accepted. If you trust the host, add it to the setting client_documents_allow, or register the application.", Place: PlaceSettings},
	"invalid_client":               {Name: "Failed authentication of an application", Text: "Compare the client ID, the type and the authentication method of the application with those that are registered here.", Fields: []string{"client_type", "token_endpoint_auth_method"}},
	"disabled":                     {Name: "Disabled application or account", Text: "The application is disabled. Enable it on its page if the reason for which it was disabled no longer applies.", Place: PlaceSwitch},
	"invalid_grant disabled":       {Name: "Disabled account", Text: "The account of the person is disabled or was deleted. Enable it on its page if the reason for which it was disabled no longer applies.", Place: PlaceUsers},
	"invalid_token disabled":       {Name: "Disabled application or account", Text: "The application or the account of the person is disabled. The description says which one.", Place: PlaceSwitch},
	"unauthorized_client disabled": {Name: "Disabled application or service user", Text: "The application or its service user is disabled. The description says which one.", Fields: []string{"service_user_id"}, Place: PlaceSwitch},
	"unreachable":                  {Name: "Address of the application cannot be reached", Text: "Check that this server can reach the address that is registered for the application, and that its certificate is valid. Then repeat the request.", Fields: []string{"jwks_uri", "request_uris"}},
	"forbidden":                    {Name: "Application that cannot change itself", Text: "The application cannot change itself any more. Make the change in its form here."},

	// What the application may do.
	"unauthorized_client":              {Name: "Use that is not allowed for the application", Text: "If the application is meant to use this, allow it in its form.", Fields: []string{"grant_types", "response_types"}},
	"forbidden_grant":                  {Name: "Grant type that is not allowed", Text: "If the application is meant to use this grant type, select it in its form. Otherwise correct the application.", Fields: []string{"grant_types"}},
	"forbidden_response_type":          {Name: "Response type that is not allowed", Text: "Use response_type=code in the application. Other response types send tokens through the browser: select one in its form only if the application cannot be changed.", Fields: []string{"response_types"}},
	"public_client":                    {Name: "Use that is not allowed for a public application", Text: "The type of an application cannot be changed. If the application can keep a secret, add it again as a confidential application.", Fields: []string{"client_type"}},
	"unsupported_grant_type":           {Name: "Unknown grant type", Text: atApp + "use a grant type that this server supports. The metadata of the server lists them."},
	"unsupported_response_type":        {Name: "Unknown response type", Text: atApp + "use response_type=code."},
	"no_exception":                     {Name: "Legacy feature without an exception", Text: "Change the application, so that it does not need the legacy feature. If that takes time, add an exception with the day on which it ends.", Fields: []string{"legacy_features"}},
	"exception_ended":                  {Name: "Legacy feature whose exception has ended", Text: "Change the application, so that it does not need the legacy feature. If that takes more time, set a later day as the end of the exception.", Fields: []string{"legacy_features"}},
	"invalid_request no_exception":     {Name: "Access token outside of the Authorization header", Text: atApp + "send the access token in the Authorization header. If that takes time, add an exception with the day on which it ends.", Fields: []string{"legacy_features"}},
	"no_pkce":                          {Name: "No PKCE", Text: "Switch on PKCE with S256 in the library of the application. If a confidential application cannot use PKCE, it can send a nonce instead. An attacker can inject a code that has neither.", Fields: []string{"require_pkce", "code_without_pkce"}},
	"plain_pkce":                       {Name: "PKCE without S256", Text: atApp + "use the code_challenge_method S256."},
	"not_pushed":                       {Name: "Request that was not pushed", Text: "Push the request to the pushed authorization request endpoint first. If the application does not support that, it can be changed not to require it.", Fields: []string{"require_pushed_authorization_requests"}},
	"unsigned":                         {Name: "Request that was not signed", Text: "Sign the request in the application. If the application does not support that, it can be changed not to require it.", Fields: []string{"require_signed_request_object"}},
	"wrong_request_uri":                {Name: "Request URI that is not registered", Text: "Compare the request_uri in the details with the registered ones, and add it if it belongs to the application.", Fields: []string{"request_uris"}},
	"wrong_redirect_uri":               {Name: "Redirect URI that is not registered", Text: "Compare the redirect URI in the details with the registered ones. Correct it in the application, or add it if it belongs to the application.", Fields: []string{"redirect_uris"}},
	"invalid_grant wrong_redirect_uri": {Name: "Redirect URI that differs from that of the authorization request", Text: atApp + "send the same redirect_uri to the token endpoint as to the authorization endpoint."},
	"no_redirect_uri":                  {Name: "No redirect URI", Text: "Send the redirect_uri in the request, or register exactly one, which is then the default.", Fields: []string{"redirect_uris"}},
	"wrong_logout_uri":                 {Name: "Logout redirect URI that is not registered", Text: "Compare the post_logout_redirect_uri in the details with the registered ones, and add it if it belongs to the application.", Fields: []string{"post_logout_redirect_uris"}},
	"not_an_api":                       {Name: "Introspection by an application that is not an API", Text: "Only an API can introspect tokens. If the application is an API, mark it as one in its form.", Fields: []string{"resource_server"}},
	"for_person":                       {Name: "Token for a person where none is allowed", Text: atApp + "request the token with the grant type client_credentials. If the application has a service user, these tokens are for a person, too.", Fields: []string{"service_user_id"}},
	"second_factor":                    {Name: "Login without the required second factor", Text: "The person has to log in again, with a second factor. The application or one of the scopes requires it.", Fields: []string{"require_second_factor"}},
	"no_role":                          {Name: "Scope of the admin API without a role", Text: "Only people with a role in the back office can allow scopes of the admin API. If this person is meant to administer the server, give them a role.", Place: PlaceUsers},

	// Scopes and resources.
	"invalid_scope":          {Name: "Scope that is not allowed", Text: "Correct the scopes that the application requests, or allow them in its form.", Fields: []string{"scope"}, Place: PlaceScopes},
	"unknown_scope":          {Name: "Unknown scope", Text: "Correct the name of the scope in the application. If the scope is new, add it to the scopes of the server.", Place: PlaceScopes},
	"forbidden_scope":        {Name: "Scope that is not allowed", Text: "If the application is meant to have the scope, allow it in its form, together with the resource to which it belongs. Otherwise remove it from the request.", Fields: []string{"scope", "allowed_resources"}},
	"no_scope":               {Name: "No scope", Text: "Request a scope of an API, or set default scopes for the application.", Fields: []string{"default_scope", "scope"}},
	"invalid_token no_scope": {Name: "Token without the required scope", Text: atApp + "request the token with the scope in the description.", Fields: []string{"scope"}},
	"not_granted":            {Name: "Scope that was not granted", Text: atApp + "request only scopes that the description lists."},
	"insufficient_scope":     {Name: "Token without the required scope", Text: atApp + "request the access token with the scope that the description names.", Fields: []string{"scope"}},
	"invalid_target":         {Name: "Resource that is not allowed", Text: "Correct the parameter resource in the application, or allow the resource in its form.", Fields: []string{"allowed_resources"}, Place: PlaceResources},
	"unknown_resource":       {Name: "Unknown resource", Text: "Correct the parameter resource in the application. If the API is new, add it to the resources of the server.", Place: PlaceResources},
	"forbidden_resource":     {Name: "Resource that is not allowed", Text: "If the application is meant to use the resource, allow it in its form. Otherwise correct the parameter resource.", Fields: []string{"allowed_resources", "id_jag_audiences"}},
	"other_resource":         {Name: "Token for another resource", Text: atApp + "request the access token for this API, or without the parameter resource."},
	"several_resources":      {Name: "Several resources in one request", Text: "Name one resource in each request, or allow the application several resources per token.", Fields: []string{"multiple_resources"}},

	// Codes, tokens and assertions.
	"invalid_grant":                    {Name: "Code or token that is not valid", Text: newPermission},
	"unknown":                          {Name: "Unknown code or token", Text: "Check that the application sends exactly what this server issued, and all of it. Codes and tokens of another server, or of another environment, are unknown here. Otherwise the application has to send the person to the authorization endpoint again."},
	"foreign":                          {Name: "Code or token of another application", Text: "The code or token was issued to another application. Compare the client ID of both requests: often, two parts of a system are configured with different client IDs. For a token exchange, the other application can be added to the exchangeable tokens.", Fields: []string{"exchange_clients"}},
	"expired":                          {Name: "Expired code or token", Text: newPermission + " If it happens often, the lifetime may be too short.", Fields: []string{"code_ttl", "access_token_ttl", "refresh_token_idle_ttl"}},
	"revoked":                          {Name: "Revoked code or token", Text: newPermission + " The details say why it was revoked."},
	"inactive":                         {Name: "Token that is not valid any more", Text: atApp + "request a new access token before the old one expires."},
	"used_before":                      {Name: "Code or token that was used before", Text: atApp + "each code, refresh token and assertion can be used once. Often, the application sends a request twice, or several of its processes use the same refresh token. It can also be a sign of a stolen token."},
	"no_verifier":                      {Name: "No code verifier", Text: atApp + "send the code_verifier to the token endpoint. It has to be kept between the two requests, for example in the session."},
	"unwanted_verifier":                {Name: "Code verifier without a code challenge", Text: atApp + "send a code_challenge in the authorization request, too. A proxy or a second library may have removed it."},
	"wrong_verifier":                   {Name: "Wrong code verifier", Text: atApp + "send the code_verifier of the same login. Often, a second login in another tab has replaced it in the session."},
	"period_ended":                     {Name: "Permission whose time has ended", Text: newPermission + " The person chose to give permission for a limited time."},
	"session_ended":                    {Name: "Login session that has ended", Text: newPermission + " An application that needs access without the person requests the scope offline_access."},
	"newer_than_database":              {Name: "Token that is newer than the restored database", Text: newPermission + " The database was restored from a backup that is older than the token."},
	"no_family":                        {Name: "ID token without a permission", Text: atApp + "use an ID token from the token endpoint."},
	"wrong_password":                   {Name: "Wrong password", Text: "The person has to use the right password. The grant type password shows people's passwords to the application: use the authorization code grant instead.", Fields: []string{"legacy_features"}},
	"no_person":                        {Name: "No account of a person", Text: "The request needs a token for a person or an account that exists here. The description says which of them is missing."},
	"actors":                           {Name: "Too many applications in a token exchange", Text: atApp + "exchange a token that has passed through fewer applications."},
	"may_act":                          {Name: "Application that must not act for the person", Text: atApp + "the subject_token names the applications that may act for the person, and this one is not among them."},
	"requested_type":                   {Name: "Token type that cannot be requested", Text: atApp + "request an access token."},
	"claim_rule":                       {Name: "Claims that do not meet the rules", Text: "Compare the claims in the details with the rules of the trusted issuer, and with the workload identities of the application.", Fields: []string{"workload_identities"}, Place: PlaceIssuers},
	"unknown_issuer":                   {Name: "Assertion from an unknown issuer", Text: "If you trust the issuer in the details, add it to the setting trusted_issuers with this use. Otherwise the application has to send an assertion from another issuer.", Place: PlaceIssuers},
	"invalid_token":                    {Name: "Access token that is not valid", Text: atApp + "refresh the access token, or ask the person for permission again."},
	"expired_token":                    {Name: "Expired device code", Text: sendAgain + "The device has to start again. If people need longer, change the lifetime.", Fields: []string{"device_code_ttl"}},
	"slow_down":                        {Name: "Device that asks too often", Text: atApp + "the device has to wait longer between two requests."},
	"insufficient_user_authentication": {Name: "Login without the required second factor", Text: newPermission + " The login needs a second factor.", Fields: []string{"require_second_factor"}},

	// Authorization requests.
	"invalid_request":                   {Name: "Missing or wrong parameter", Text: atApp + "the description names the parameter that is missing or wrong."},
	"invalid_request_object":            {Name: "Signed request that cannot be verified", Text: "Compare the key and the algorithm with which the application signs its requests with those that are registered here.", Fields: []string{"request_object_signing_alg", "jwks_uri", "jwks"}},
	"invalid_request_uri":               {Name: "Pushed request that is not valid", Text: atApp + "push the request again, and open the page at once."},
	"request_not_supported":             {Name: "Request object that is not accepted", Text: "Sign the request object, or omit it. Request objects without a signature must be allowed in the form.", Fields: []string{"request_object_signing_alg"}},
	"request_uri_not_supported":         {Name: "Request URI that is not accepted", Text: atApp + "omit the parameter request_uri."},
	"registration_not_supported":        {Name: "Registration parameter that is not accepted", Text: atApp + "omit the parameter registration."},
	"login_required":                    {Name: "Login needed, but pages not allowed", Text: atApp + "repeat the request without prompt=none, so that the person can log in."},
	"consent_required":                  {Name: "Consent needed, but pages not allowed", Text: atApp + "repeat the request without prompt=none, so that the person can give permission."},
	"interaction_required":              {Name: "Page needed, but pages not allowed", Text: atApp + "repeat the request without prompt=none, so that the person sees the page."},
	"unmet_authentication_requirements": {Name: "Login that does not meet the requirements", Text: atApp + "request a login that this server offers, or let the person log in another way."},
	"access_denied":                     {Name: "No permission", Text: sendAgain + "The person did not give permission, or the server does not allow the step. The description says which."},
	"forward_answer":                    {Name: "Response of forward authentication that is not valid", Text: sendAgain + "The person can open the address again and log in."},
	"authorization_pending":             {Name: "Device that waits for the person", Text: sendAgain + "The device asks again until the person has decided."},

	// Logout tokens of login providers.
	"logout_provider":   {Name: "Logout token for an unknown login provider", Text: "Compare the name in the back-channel logout URI that is registered at the login provider with the name of the login provider here.", Place: PlaceProviders},
	"logout_token":      {Name: "Logout token that is not valid", Text: "The details say which part of the token is wrong. Compare the issuer and the client ID of the login provider here with those at the login provider, and the clocks of both servers.", Place: PlaceProviders},
	"logout_token_keys": {Name: "Keys for a logout token cannot be fetched", Text: "Check that this server can reach the login provider: its page has a test. The login provider can send the token again. Until then, the sessions that began there go on.", Place: PlaceProviders},
	"logout_token_used": {Name: "Logout token that was used before", Text: sendAgain + "The sessions were ended by the first request. If it happens often, the login provider repeats requests that have succeeded."},
	"logout_tokens":     {Name: "Too many logout tokens that are not valid", Text: "Wait up to ten minutes. The earlier errors of this kind say why the tokens were rejected. If the address does not belong to the login provider, another program is sending them.", Place: PlaceProviders},

	// Registration.
	"registration_closed":        {Name: "Registration that is not allowed", Text: "Add the application here, or change who can register applications.", Place: PlaceRegistration},
	"no_token":                   {Name: "Registration without a token", Text: "Create an initial access token, and give it to the person who registers the application.", Place: PlaceRegistration},
	"wrong_token":                {Name: "Registration with a wrong token", Text: "Create a new initial access token. A registration access token cannot be replaced: change the application in its form here.", Place: PlaceRegistration},
	"invalid_client_metadata":    {Name: "Registration with a wrong field", Text: atApp + "correct the member that the description names."},
	"invalid_redirect_uri":       {Name: "Registration with a wrong redirect URI", Text: atApp + "correct the redirect URI that the description names."},
	"invalid_software_statement": {Name: "Registration with a wrong software statement", Text: atApp + "register without the software statement, or with a new one from its issuer.", Place: PlaceIssuers},

	// The server.
	"server_error":            {Name: "Server error", Text: "The fault is in the server, and not in the request. Look for the error ID in its log."},
	"temporarily_unavailable": {Name: "Server that was not available", Text: sendAgain + "The application can repeat the request after the time in Retry-After. If the problem persists, look at the state of the server on the start page of the back office."},
}
