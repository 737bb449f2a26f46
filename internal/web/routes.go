package web

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// routes registers all public URLs. Each endpoint answers the same with and
// without its trailing slash, and never with a redirect.
func (h *Handler) routes() {
	// For applications.
	h.endpoint("token", h.direct(h.token))
	h.endpoint("device-authorization", h.direct(h.deviceAuthorization))
	h.endpoint("par", h.direct(h.push))
	h.endpoint("revoke_token", h.direct(h.revoke))
	h.endpoint("introspect", h.direct(h.introspect))
	h.endpoint("register", h.json(limited("POST", h.register)))
	h.endpoint("register/{client}", h.json(limited("GET, PUT, DELETE", h.manageRegistration)))
	h.endpoint("userinfo", h.bearer(readable("GET, POST", h.userinfo)))
	for _, path := range h.metadataPaths() {
		h.both(path, h.json(readable("GET, HEAD", document(fixed(h.metadata)))))
	}
	for _, resource := range h.resources {
		h.both(resource.Path, h.json(readable("GET, HEAD", document(fixed(resource.Document)))))
	}
	if h.base != "" { // where clients look that append the well-known part
		h.both(h.base+"/.well-known/oauth-protected-resource", h.json(readable("GET, HEAD", document(fixed(h.resources[0].Document)))))
	}
	h.both(h.base+"/.well-known/jwks.json", h.json(readable("GET, HEAD", document(h.OAuth.JWKS))))

	// For people.
	h.endpoint("authorize", h.page(h.authorize))
	h.endpoint("device", h.page(h.form(h.device)))
	h.endpoint("logo", h.page(h.logo))
	h.mux.Handle(h.base+"/static/", h.UI.Assets())
	h.endpoint("account", h.page(h.form(h.account)))
	h.endpoint("authorized_tokens", h.page(h.form(h.account)))
	if h.logsOut() {
		h.endpoint("logout", h.page(h.logout))
		h.endpoint("check_session", h.page(h.checkSession))
	}
	if h.Host != nil {
		h.endpoint("returned", h.page(h.returned))
	} else {
		h.endpoint("login", h.page(h.form(h.login)))
		h.endpoint("setup", h.page(h.form(h.setup)))
		if h.SignUp {
			h.endpoint("signup", h.page(h.form(h.signUp)))
		}
		if h.Mail != nil {
			h.endpoint("reset", h.page(h.form(h.reset)))
			h.endpoint("verify", h.page(h.form(h.verify)))
		}
		if h.CatchMails {
			h.endpoint("mails", h.page(h.mailList))
		}
	}
	h.mux.HandleFunc("/", h.page(h.home))
}

// Paths returns the paths of all routes that at registers, for tests.
func (h *Handler) Paths() []string { return slices.Sorted(maps.Keys(h.exact)) }

// endpoint registers a path below the issuer's.
func (h *Handler) endpoint(name string, serve http.HandlerFunc) {
	h.both(h.base+"/"+name, serve)
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
