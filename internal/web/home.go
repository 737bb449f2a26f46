package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

type homePage struct {
	User    string // the name of the person, or empty
	IsAdmin bool   // the person can use the back office
	// AccountURL is the page of the person's account, which asks for a login first.
	AccountURL string
	Issuer     string    // the address of this server for applications
	Links      []ui.Link // to the back office, for example
}

// home serves the page at "/" and at the path of the issuer, which people open if they see the issuer,
// and answers every path that is not a route.
func (h *Handler) home(w http.ResponseWriter, r *http.Request) error {
	if !h.isHome(r) {
		return &ui.Problem{
			Status: http.StatusNotFound, Heading: ui.Text{"problem.not_found_heading"}, Text: ui.Text{"problem.not_found"},
			Advice: ui.Text{"problem.not_found_advice"}, Err: h.unknownPath(r),
			Links: []ui.Link{{Text: ui.Text{"problem.start_page"}, URL: "/"}},
		}
	}
	page := homePage{Issuer: h.OAuth.Issuer, Links: h.HomeLinks, AccountURL: h.AccountURL()}
	if h.CatchMails {
		page.Links = append(slices.Clone(page.Links), ui.Link{Text: ui.Text{"home.emails"}, URL: h.base + "/mails/"})
	}
	view := ui.View{Title: ui.Text{"home.title"}, Narrow: true}
	person, err := h.person(r)
	if err != nil {
		return err
	}
	if person.Authentication != nil {
		page.User, page.IsAdmin = person.Name, person.Roles.Allow(account.OverviewRead)
		view.User, view.LogoutURL = page.User, h.LogoutURL()
		if !page.IsAdmin {
			page.Links = slices.DeleteFunc(slices.Clone(page.Links), func(l ui.Link) bool { return l.URL == h.AdminURL })
		}
	}
	view.Data = page
	return h.Pages.Render(w, r, http.StatusOK, "home", view)
}

// root serves all paths that are not routes. A program that sends a request to a wrong path gets an
// error in JSON, and every other client gets a page.
func (h *Handler) root(w http.ResponseWriter, r *http.Request) {
	if h.isHome(r) || !isProgram(r) {
		h.page(h.home)(w, r)
		return
	}
	h.json(h.noEndpoint)(w, r)
}

// isHome reports whether a request is for the home page.
func (h *Handler) isHome(r *http.Request) bool {
	return r.URL.Path == "/" || strings.TrimSuffix(r.URL.Path, "/") == h.base
}

// isProgram reports whether a request is probably from a program that cannot show a page.
func isProgram(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return !acceptsPage(r) && (!reads || strings.Contains(r.Header.Get("Accept"), "json"))
}

// noEndpoint answers a program that sent a request to a path that is not a route.
func (h *Handler) noEndpoint(_ http.ResponseWriter, r *http.Request) error {
	missing := oauth.Errorf(oauth.CodeInvalidRequest, "There is no endpoint at this path. The metadata at %s/.well-known/openid-configuration lists the endpoints.", h.OAuth.Issuer)
	return &statusError{http.StatusNotFound, missing.WithDetail("%s", h.unknownPath(r))}
}

// unknownPath returns an error for the log about a path that is not a route. The first one
// that shows that a handler is mounted in the wrong place is logged as a warning.
func (h *Handler) unknownPath(r *http.Request) error {
	path := r.URL.Path
	err := h.stripped(r)
	if err == nil {
		err = h.misplaced(path)
	}
	if err == nil && h.AdminURL != "" && h.AdminURL != "/" && strings.HasPrefix(path, h.AdminURL) {
		err = fmt.Errorf("the path %s is that of the back office: mount Server.Admin at %s", shortPath(path), h.AdminURL)
	}
	switch {
	case err == nil && h.isMetadata(path):
		return fmt.Errorf("the path is %s. A client that looks for metadata needs the whole issuer, %s", shortPath(path), h.OAuth.Issuer)
	case err == nil:
		return fmt.Errorf("the path is %s", shortPath(path))
	}
	h.warnMount.Do(func() { h.Logger.WarnContext(r.Context(), err.Error()) })
	return err
}

// stripped returns an error for the log if the client requested the path of an endpoint, and a handler
// around the Server has changed it.
func (h *Handler) stripped(r *http.Request) error {
	requested, _, _ := strings.Cut(r.RequestURI, "?")
	if _, ok := h.exact[requested]; !ok || requested == r.URL.Path {
		return nil
	}
	return fmt.Errorf("the request is for %s, but the Server sees the path %s. Mount it so that it sees the whole path, without http.StripPrefix", shortPath(requested), shortPath(r.URL.Path))
}

// isMetadata reports whether a client that requests the path seems to look for metadata (RFC 8414
// §3.1, OpenID Connect Discovery §4, RFC 9728 §3.1).
func (h *Handler) isMetadata(path string) bool {
	return slices.ContainsFunc([]string{"openid-configuration", "oauth-authorization-server", "oauth-protected-resource", "jwks.json"}, func(name string) bool {
		rest, found := strings.CutPrefix(path, "/.well-known/"+name)
		return found && (rest == "" || rest[0] == '/')
	})
}

// shortPath returns the beginning of a path, quoted, without secrets.
func shortPath(path string) string {
	const longest = 100
	if len(path) > longest {
		path = strings.ToValidUTF8(path[:longest], "") + "…"
	}
	return strconv.Quote(oauth.Redacted(path))
}

// misplaced returns an error for the log if a path is that of an endpoint with another
// prefix than the path of the issuer. Either the handler is mounted in the wrong place, or a
// client has a wrong URL. Metadata at the host is not such a path, because many clients look
// for it there. A prefix of more than two segments is not detected, so that long paths cost no
// time.
func (h *Handler) misplaced(path string) error {
	if strings.HasPrefix(path, "/.well-known/") {
		return nil
	}
	for range 3 {
		if _, ok := h.exact[h.base+path]; ok {
			return fmt.Errorf("the path of this page is %s%s. Correct the URL in the client, or mount the Server so that it sees the path of the issuer, without http.StripPrefix", h.base, path)
		}
		segment := strings.IndexByte(strings.TrimPrefix(path, "/"), '/')
		if segment < 0 {
			return nil
		}
		path = path[segment+1:]
	}
	return nil
}
