package admin

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Patterns returns the patterns of all pages and actions, for tests. They begin
// with a method and a path below the prefix.
func Patterns() []string { return slices.Sorted(maps.Keys(new(office).handlers())) }

// routes registers all pages and actions.
func (b *office) routes(mux *http.ServeMux) {
	for pattern, serve := range b.handlers() {
		if _, path, _ := strings.Cut(pattern, " /"); !b.OwnLogin && hostsOwn(strings.SplitN(path, "/", 2)[0]) {
			continue
		}
		method, path, _ := strings.Cut(pattern, " /")
		mux.HandleFunc(method+" "+b.Prefix+path, b.page(serve))
	}
	mux.HandleFunc(b.Prefix, b.page(func(*request) error { return errGone }))
	if b.Prefix != "/" {
		mux.HandleFunc("/", b.misplaced)
	}
}

// misplaced answers a request for a path that is not below the prefix.
func (b *office) misplaced(w http.ResponseWriter, r *http.Request) {
	b.Logger.InfoContext(r.Context(), "the path of a request to the back office is not below AdminPath: mount Server.Admin at that path, without http.StripPrefix", "admin_path", b.Prefix)
	http.NotFound(w, r)
}

// handlers returns the handlers of all pages and actions by their patterns.
func (b *office) handlers() map[string]handler {
	return map[string]handler{
		"GET /{$}": b.index,

		"GET /applications/{$}":              b.clientList,
		"GET /applications/add/{$}":          b.clientAdd,
		"POST /applications/add/{$}":         b.clientCreate,
		"GET /applications/{id}/{$}":         b.clientShow,
		"GET /applications/{id}/edit/{$}":    b.clientEdit,
		"POST /applications/{id}/edit/{$}":   b.clientUpdate,
		"GET /applications/{id}/delete/{$}":  b.clientConfirmDelete,
		"POST /applications/{id}/delete/{$}": asking(shown(b.clientConfirmDelete), b.clientDelete),
		"POST /applications/{id}/secret/{$}": asking(b.askSecret, b.clientSecret),
		"POST /applications/{id}/switch/{$}": asking(b.askClientSwitch, b.clientSwitch),
		"POST /applications/{id}/revoke/{$}": asking(b.askClientRevoke, b.clientRevoke),

		"GET /users/{$}":                b.userList,
		"GET /users/add/{$}":            b.userAdd,
		"POST /users/add/{$}":           b.userCreate,
		"GET /users/{id}/{$}":           b.userEdit,
		"POST /users/{id}/{$}":          b.userUpdate,
		"POST /users/{id}/password/{$}": asking(b.askPassword, b.userPassword),
		"POST /users/{id}/logout/{$}":   asking(b.askUserLogout, b.userLogout),
		"POST /users/{id}/switch/{$}":   asking(b.askUserSwitch, b.userSwitch),

		"GET /tokens/{$}":    b.tokenList,
		"POST /tokens/{$}":   asking(b.askTokens, b.tokenRevoke),
		"GET /requests/{$}":  b.ticketList,
		"GET /consents/{$}":  b.consentList,
		"POST /consents/{$}": asking(b.askConsents, b.consentWithdraw),
		"GET /sessions/{$}":  b.sessionList,
		"POST /sessions/{$}": asking(b.askSessions, b.sessionEnd),
		"GET /problems/{$}":  b.problemList,

		"GET /registration/{$}":  b.registrationList,
		"POST /registration/{$}": asking(b.askInitialAccess, b.initialAccessChange),

		"GET /keys/{$}":              b.keyList,
		"POST /keys/{$}":             asking(b.askKeyRotate, b.keyRotate),
		"GET /keys/{id}/retire/{$}":  b.keyConfirmRetire,
		"POST /keys/{id}/retire/{$}": asking(shown(b.keyConfirmRetire), b.keyRetire),
	}
}
