package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A route is an endpoint and its handler.
type route struct {
	endpoint.Endpoint // its Path is below the issuer's
	serve             http.HandlerFunc
	exists            bool
}

// trustedProxy is the authentication of an endpoint that only proxies use.
const trustedProxy = "trusted proxy"

// resourceMetadataPath is the well-known path of RFC 9728 §3.
const resourceMetadataPath = "/.well-known/oauth-protected-resource"

// routes registers all public URLs. Each endpoint answers the same with and
// without its trailing slash, and never with a redirect.
func (h *Handler) routes() {
	for _, r := range slices.Concat(h.forApplications(), h.forPeople()) {
		if r.exists {
			h.both(h.base+r.Path, r.serve)
		}
	}
	for _, r := range h.documents() {
		h.both(r.Path, r.serve)
	}
	h.mux.HandleFunc(resourceMetadataPath+"/", h.resourceDocument("")) // of resources that are added later
	if h.exact[resourceMetadataPath] == nil {
		h.mux.HandleFunc(resourceMetadataPath, h.resourceDocument(""))
	}
	h.mux.Handle(h.base+"/static/", h.UI.Assets())
	h.mux.HandleFunc("/", h.root)
}

// forApplications returns the endpoints to which applications send requests.
func (h *Handler) forApplications() []route {
	return []route{
		{endpoint.Endpoint{Path: "/token", Methods: "POST", Authentication: endpoint.Application, Standard: "RFC 6749 §3.2", Purpose: "token endpoint"}, h.direct(h.token), true},
		{endpoint.Endpoint{Path: "/device-authorization", Methods: "POST", Authentication: endpoint.Application, Standard: "RFC 8628 §3.1", Purpose: "device authorization, see [how to connect devices](../how-to/devices.md)"}, h.direct(h.deviceAuthorization), true},
		{endpoint.Endpoint{Path: "/par", Methods: "POST", Authentication: endpoint.Application, Standard: "RFC 9126 §2", Purpose: "pushed authorization requests, see [how to push authorization requests](../how-to/push-authorization-requests.md)"}, h.direct(h.push), true},
		{endpoint.Endpoint{Path: "/revoke_token", Methods: "POST", Authentication: endpoint.Application, Standard: "RFC 7009 §2", Purpose: "revocation of an access token or refresh token"}, h.direct(h.revoke), true},
		{endpoint.Endpoint{Path: "/introspect", Methods: "POST", Authentication: endpoint.Application, Standard: "RFC 7662 §2", Purpose: "introspection. An application can introspect its own tokens. An API can introspect all access tokens, or those for its [resources](configuration.md#resources), and can authenticate with an [access token of its own](../how-to/guard-an-api.md#introspect-with-an-access-token). The response contains the `username` if an API sent the request, or if the token has the scope `profile`"}, h.direct(h.introspect), true},
		{endpoint.Endpoint{Path: "/register", Methods: "POST", Authentication: "none, or an initial access token", Standard: "RFC 7591 §3", Purpose: "registration of an application by itself, with JSON; see [how to let applications register](../how-to/let-applications-register.md)"}, h.json(limited("POST", h.register)), true},
		{endpoint.Endpoint{Path: "/register/{client}", Methods: "GET, PUT, DELETE", Authentication: "registration access token", Standard: "RFC 7592 §2", Purpose: "management of a registration"}, h.json(limited("GET, PUT, DELETE", h.manageRegistration)), true},
		{endpoint.Endpoint{Path: "/forward-auth/{client}", Methods: "GET, POST, PUT, PATCH, DELETE", Authentication: trustedProxy, Purpose: "[forward authentication](../how-to/forward-authentication.md) for Traefik and Caddy: 200 with headers that name the person, 302 to the login, 401 or 403. It also serves the paths below `/.latchkey/` of the protected host"}, h.page(h.forwardAuth(true)), true},
		{endpoint.Endpoint{Path: "/forward-auth/{client}/check", Methods: "GET, POST, PUT, PATCH, DELETE", Authentication: trustedProxy, Purpose: "the same without redirects, for `auth_request` of nginx: 200, 401 or 403"}, h.page(h.forwardAuth(false)), true},
		{endpoint.Endpoint{Path: "/login/with/{provider}/backchannel-logout", Methods: "POST", Authentication: "logout token", Standard: "OpenID Connect Back-Channel Logout §2.5", Purpose: "logout token of another provider at which people log in (`logout_token`); ends their sessions here"}, h.direct(h.logoutToken), h.Host == nil},
		{endpoint.Endpoint{Path: "/userinfo", Methods: "GET, POST", Authentication: endpoint.AccessToken, Standard: "OpenID Connect Core §5.3", Purpose: "claims about the person, with the access token in the header or in a form"}, h.bearer(readable("GET, POST", h.userinfo)), true},
	}
}

// documents returns the public documents. Their paths are those of the whole URL.
func (h *Handler) documents() (all []route) {
	add := func(path, standard, purpose string, serve http.HandlerFunc) {
		all = append(all, route{endpoint.Endpoint{Path: path, Methods: "GET", Authentication: endpoint.None, Standard: standard, Purpose: purpose}, serve, true})
	}
	add(h.base+"/.well-known/jwks.json", "RFC 7517 §5", "public keys", h.document(h.OAuth.JWKS))
	for _, path := range h.metadataPaths() {
		add(path, "RFC 8414 §3, OpenID Connect Discovery §4", "metadata; all paths return the same document", h.document(h.metadataDocument))
	}
	for _, resource := range h.resources {
		add(resource.Path, "RFC 9728 §3", "metadata of a protected resource: of the userinfo endpoint and of the APIs in the same program, or of a [resource](configuration.md#resources) whose URI has the host of the issuer and the path `/PATH`", h.resourceDocument(resource.Path))
	}
	if h.base != "" { // where clients look that append the well-known part
		add(h.base+resourceMetadataPath, "RFC 9728 §3", "metadata of a protected resource, for clients that append the well-known part", h.resourceDocument(h.resources[0].Path))
	}
	return all
}

// forPeople returns the pages.
func (h *Handler) forPeople() []route {
	own, start := h.Host == nil, h.overview
	if !own {
		start = h.ownApplications
	}
	return []route{
		{endpoint.Endpoint{Path: "/authorize", Methods: "GET, POST", Authentication: endpoint.Person, Standard: "RFC 6749 §3.1", Purpose: "authorization endpoint and consent page"}, h.page(h.authorize), true},
		{endpoint.Endpoint{Path: "/device", Methods: "GET, POST", Authentication: endpoint.Person, Standard: "RFC 8628 §3.3", Purpose: "page on which a person enters the code of a device"}, h.page(h.form(h.device)), true},
		{endpoint.Endpoint{Path: "/logo", Methods: "GET", Authentication: endpoint.None, Purpose: "logo of an application (`client_id`), for the consent page; fetched from the application's server and cached"}, h.page(h.logo), true},
		{endpoint.Endpoint{Path: "/picture/{picture}", Methods: "GET", Authentication: endpoint.None, Standard: "OpenID Connect Core §5.1", Purpose: "picture of a person, at the address in the claim `picture`"}, h.page(h.picture), own},
		{endpoint.Endpoint{Path: "/account", Methods: "GET", Authentication: endpoint.Person, Purpose: "overview of the person's own account; with the people of a host program, the page of applications"}, h.ownPage(start), true},
		{endpoint.Endpoint{Path: "/account/profile", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "profile and email address. Like the next two pages, it does not exist with the people of a host program"}, h.ownPage(h.ownProfile), own},
		{endpoint.Endpoint{Path: "/account/picture", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "picture of the person: a form with a file (`multipart/form-data`, field `picture`) replaces it, and one with `action=remove` removes it"}, h.pictureForm(), own},
		{endpoint.Endpoint{Path: "/account/password", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "change of the password"}, h.ownPage(h.ownPassword), own},
		{endpoint.Endpoint{Path: "/account/security", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "passkeys, authenticator app, recovery codes and remembered browsers. Like the next two pages, it does not exist with the people of a host program"}, h.ownPage(h.ownSecurity), own},
		{endpoint.Endpoint{Path: "/account/security/totp", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "adding an authenticator app"}, h.ownPage(h.addTOTP), own},
		{endpoint.Endpoint{Path: "/account/security/passkey", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "adding a passkey"}, h.ownPage(h.addPasskey), own},
		{endpoint.Endpoint{Path: "/account/security/offer", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "offer to add a passkey, after a login with a password in a browser that can have one, at most once in 30 days. It does not exist with the people of a host program"}, h.ownPage(h.offerPasskey), own},
		{endpoint.Endpoint{Path: "/account/sessions", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "devices on which the person is logged in"}, h.ownPage(h.ownSessions), own},
		{endpoint.Endpoint{Path: "/account/activity", Methods: "GET", Authentication: endpoint.Person, Purpose: "logins and changes of the person's account, from the audit log"}, h.ownPage(h.ownActivity), own},
		{endpoint.Endpoint{Path: "/account/applications", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "applications that can act for the person"}, h.ownPage(h.ownApplications), true},
		{endpoint.Endpoint{Path: "/applications", Methods: "GET", Authentication: endpoint.Person, Purpose: "applications that the person owns, see [let developers register applications](../how-to/let-developers-register-applications.md). Like the next four pages, it does not exist with the people of a host program"}, h.developerPage(h.ownDevelopers), own},
		{endpoint.Endpoint{Path: "/applications/add", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "registration of an application by a person, if the setting `developers` allows it"}, h.developerPage(h.addDeveloped), own},
		{endpoint.Endpoint{Path: "/applications/offer", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "link with which a person becomes an owner of an application"}, h.developerPage(h.developerOffer), own},
		{endpoint.Endpoint{Path: "/applications/{app}", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "an application that the person owns: its settings, secrets, owners and rejected requests"}, h.developerPage(h.developed), own},
		{endpoint.Endpoint{Path: "/applications/{app}/attempts/{attempt}", Methods: "GET", Authentication: endpoint.Person, Purpose: "an attempt to log in to an application that the person owns, with its steps"}, h.developerPage(h.developedAttempt), own},
		{endpoint.Endpoint{Path: "/account/data", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "everything that is stored about the person, as a JSON file; after a recent login"}, h.ownPage(h.ownData), own},
		{endpoint.Endpoint{Path: "/account/delete", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "deletion of the account by its person, unless `forbid_deletion` is set; after a recent login"}, h.ownPage(h.ownDeletion), own && h.deletable()},
		{endpoint.Endpoint{Path: "/account/keep", Methods: "GET, POST", Authentication: endpoint.Proof, Purpose: "cancellation of the deletion of an account, with the link in an email or after a login"}, h.page(h.form(h.keepAccount)), own},
		{endpoint.Endpoint{Path: "/authorized_tokens", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "the page of applications, at the path that Django OAuth Toolkit uses"}, h.ownPage(h.ownApplications), true},
		{endpoint.Endpoint{Path: "/logout", Methods: "GET, POST", Authentication: endpoint.None, Standard: "OpenID Connect RP-Initiated Logout §2", Purpose: "logout page and RP-initiated logout: `id_token_hint`, `client_id`, `post_logout_redirect_uri`, `state`"}, h.page(h.logout), h.logsOut()},
		{endpoint.Endpoint{Path: "/check_session", Methods: "GET", Authentication: endpoint.None, Standard: "OpenID Connect Session Management §3.3", Purpose: "frame in which an application notices that the login session has changed"}, h.page(h.checkSession), h.logsOut()},
		{endpoint.Endpoint{Path: "/returned", Methods: "GET", Authentication: endpoint.None, Purpose: "only with the people of a host program: continues at `next` after its login page"}, h.page(h.returned), !own},
		{endpoint.Endpoint{Path: "/theme", Methods: "POST", Authentication: endpoint.None, Purpose: "choice of light or dark pages (`theme`: `light`, `dark` or `auto`), kept in a cookie"}, h.page(h.form(h.theme)), true},
		{endpoint.Endpoint{Path: "/language", Methods: "POST", Authentication: endpoint.None, Purpose: "choice of the language of the pages (`language`: one of `ui_locales_supported`, or empty for that of the browser), kept in a cookie and in the profile of a person who is logged in"}, h.page(h.form(h.language)), true},
		{endpoint.Endpoint{Path: "/login", Methods: "GET, POST", Authentication: endpoint.None, Purpose: "login page. Like the pages below, it does not exist if the [people are those of a host program](../how-to/use-your-own-users.md)"}, h.page(h.form(h.login)), own},
		{endpoint.Endpoint{Path: "/account/providers", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "other providers at which the person logs in, if some are configured; connects and disconnects them"}, h.ownPage(h.ownProviders), own},
		{endpoint.Endpoint{Path: "/account/confirm", Methods: "GET, POST", Authentication: endpoint.Person, Purpose: "page on which a person confirms their identity before they change the protection of their account; continues at `next`"}, h.page(h.form(h.confirm)), own},
		{endpoint.Endpoint{Path: "/login/second", Methods: "GET, POST", Authentication: endpoint.None, Purpose: "page on which a person uses their second factor, after the password or to confirm who they are"}, h.page(h.form(h.second)), own},
		{endpoint.Endpoint{Path: "/login/passkey", Methods: "POST", Authentication: endpoint.None, Purpose: "login with a passkey"}, h.page(h.form(h.passkeyLogin)), own},
		{endpoint.Endpoint{Path: "/login/options", Methods: "POST", Authentication: endpoint.None, Standard: "WebAuthn §5.1.4", Purpose: "options with which a page of this server asks the browser for a passkey, as JSON"}, h.json(h.loginOptions), own},
		{endpoint.Endpoint{Path: "/login/with/{provider}", Methods: "GET, POST", Authentication: endpoint.None, Purpose: "sends a person to another provider to [log in there](../how-to/log-in-through-another-provider.md), if one is configured; for an LDAP directory, it is the page on which people enter their password"}, h.page(h.form(h.loginWith)), own},
		{endpoint.Endpoint{Path: "/login/with/{provider}/callback", Methods: "GET", Authentication: endpoint.None, Standard: "RFC 6749 §3.1.2", Purpose: "redirect URI at the other provider"}, h.page(h.loginReturn), own},
		{endpoint.Endpoint{Path: "/login/with/{provider}/logout", Methods: "GET", Authentication: endpoint.None, Purpose: "sends a person who has logged out here to the other provider, to log out there, too"}, h.page(h.logoutWith), own},
		{endpoint.Endpoint{Path: "/login/with/{provider}/logged-out", Methods: "GET", Authentication: endpoint.None, Standard: "OpenID Connect RP-Initiated Logout §3", Purpose: "`post_logout_redirect_uri` at the other provider"}, h.page(h.loggedOutWith), own},
		{endpoint.Endpoint{Path: "/setup", Methods: "GET, POST", Authentication: endpoint.Proof, Purpose: "creation of the first administrator, with the link that `latchkey serve` prints"}, h.page(h.form(h.setup)), own},
		{endpoint.Endpoint{Path: "/signup", Methods: "GET, POST", Authentication: endpoint.None, Purpose: "sign-up, if enabled"}, h.page(h.form(h.signUp)), own && h.SignUp},
		{endpoint.Endpoint{Path: "/invite", Methods: "GET, POST", Authentication: endpoint.Proof, Purpose: "page on which a person with an [invitation](../how-to/invite-people.md) creates an account, even if sign-up is disabled"}, h.page(h.form(h.invite)), own},
		{endpoint.Endpoint{Path: "/reset", Methods: "GET, POST", Authentication: "none, or link", Purpose: "page on which a person requests a link for a forgotten password, and sets a new password with it, if mail is configured"}, h.page(h.form(h.reset)), own && h.Mail != nil},
		{endpoint.Endpoint{Path: "/verify", Methods: "GET, POST", Authentication: endpoint.Proof, Purpose: "verifying an email address, if mail is configured"}, h.page(h.form(h.verify)), own && h.Mail != nil},
		{endpoint.Endpoint{Path: "/mails", Methods: "GET", Authentication: endpoint.None, Purpose: "emails that were not sent, only in `latchkey demo`"}, h.page(h.mailList), own && h.CatchMails},
	}
}

// Endpoints returns all endpoints of an issuer with the path "/o", for the reference.
func Endpoints() (applications, people []endpoint.Endpoint) {
	const resource = resourceMetadataPath
	h := &Handler{Options: Options{OAuth: new(provider.Provider)}, base: "/o", resources: []provider.ResourceDocument{{Path: resource + "/o"}, {Path: resource + "/PATH"}}}
	for _, r := range h.forApplications() {
		r.Path = h.base + r.Path + "/"
		applications = append(applications, r.Endpoint)
	}
	for _, r := range h.documents() {
		applications = append(applications, r.Endpoint)
	}
	for _, r := range h.forPeople() {
		r.Path = h.base + r.Path + "/"
		people = append(people, r.Endpoint)
	}
	return applications, append(people, endpoint.Endpoint{Path: h.base + "/static/", Methods: "GET", Authentication: endpoint.None, Purpose: "styles and scripts of the pages"})
}

// Paths returns the paths of all routes that at registers.
func (h *Handler) Paths() []string { return slices.Sorted(maps.Keys(h.exact)) }

// ServesBelow reports whether a server whose issuer has the path base, such as "/o", can have
// a page or an endpoint below a path that is below base, whatever its settings are. path ends
// with a slash, and none of its segments begins with a dot, as those of documents do.
func ServesBelow(base, path string) bool {
	if !strings.HasPrefix(path, base+"/") {
		return false
	}
	h := &Handler{Options: Options{OAuth: new(provider.Provider)}, base: base}
	all := []string{base + "/static/"}
	for _, r := range slices.Concat(h.forApplications(), h.forPeople()) {
		all = append(all, base+r.Path+"/")
	}
	return slices.ContainsFunc(all, func(route string) bool { return isBelow(route, path) })
}

// isBelow reports whether the path of a route is below a path that ends with a slash. A
// segment such as {client} of the route can be any segment.
func isBelow(route, path string) bool {
	segments, above := strings.Split(route, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	if len(above) >= len(segments) {
		return false
	}
	for i, segment := range above {
		if segments[i] != segment && !strings.HasPrefix(segments[i], "{") {
			return false
		}
	}
	return true
}

// both registers a path with and without a trailing slash.
func (h *Handler) both(path string, serve http.HandlerFunc) {
	h.at(path, serve)
	h.at(path+"/", serve)
}

// at registers one path. As with any ServeMux, the Pattern of the request is
// set to the route; here it has no trailing slash.
func (h *Handler) at(path string, handle http.HandlerFunc) {
	pattern := strings.TrimSuffix(path, "/")
	serve := func(w http.ResponseWriter, r *http.Request) {
		r.Pattern = pattern
		handle(w, r)
	}
	if plain, err := url.PathUnescape(path); err == nil {
		h.exact[plain] = serve
	}
	if strings.HasSuffix(path, "/") {
		path += "{$}"
	}
	h.mux.HandleFunc(path, serve)
}

// metadataPaths returns the paths at which clients look for the metadata. RFC
// 8414 §3.1 puts the well-known part before the issuer's path; OpenID Connect
// Discovery §4 and many clients put it after. All serve the same document.
func (h *Handler) metadataPaths() []string {
	const as, openid = "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"
	paths := []string{h.base + as, h.base + openid}
	if h.base != "" {
		paths = append(paths, as+h.base, openid+h.base, as)
	}
	return paths
}
