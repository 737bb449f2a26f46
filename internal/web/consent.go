package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

type consentPage struct {
	App          consentApp
	User         string
	Scopes       []consentScope
	Request      string
	RedirectHost string
	Unverified   bool
	Lifetime     string
	Error        string
}

type consentApp struct{ Name, Initial, Host, LogoURL, HomepageURL string }

type consentScope struct {
	Name, Description string
	Optional, New     bool
	// Unticked stays so when the page is shown again.
	Unticked bool
}

// consent shows who asks for what, and notes in the sealed request to which
// log-in session it was shown. An answer is one that lacked "allow".
func (h *Handler) consent(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, who oauth.Authentication, name string, answer url.Values) {
	req.Show(who)
	handle, err := h.OAuth.Seal(req, h.ensureBrowser(w, r))
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	missing, err := h.OAuth.NotYetAllowed(r.Context(), req, who.Subject)
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	client := req.Client
	data := consentPage{
		App:  consentApp{Name: clientName(client), Initial: initial(clientName(client)), Host: hostOf(client.HomepageURL), LogoURL: client.LogoURL, HomepageURL: client.HomepageURL},
		User: name, Request: handle,
		RedirectHost: destination(req.RedirectURI), Unverified: !client.AssuredIdentity(req.RedirectURI),
		Lifetime: lasting(h.OAuth.GrantedFor(client)),
	}
	asked := req.Asked()
	for _, scope := range asked {
		info, _ := h.OAuth.Scope(scope)
		if info.Description == "" {
			info.Description = scope
		}
		data.Scopes = append(data.Scopes, consentScope{
			Name: scope, Description: info.Description, Optional: info.Optional,
			New:      len(missing) < len(asked) && missing.Contains(scope),
			Unticked: answer != nil && !slices.Contains(answer["scope"], scope),
		})
	}
	if answer != nil {
		data.Error = "Tick “Allow” first, if you want to give this permission."
	}
	view := ui.View{Title: "Authorize " + data.App.Name, Narrow: true, Data: data, FormAction: []string{formTarget(req.RedirectURI)}}
	if logo := oauth.Origin(client.LogoURL); logo != "" {
		view.ImgSrc = []string{logo}
	}
	h.pages.Render(w, r, http.StatusOK, "authorize", view)
}

// selectAccount asks under which account to go on.
func (h *Handler) selectAccount(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest, name string) {
	handle, err := h.OAuth.Seal(req, h.ensureBrowser(w, r))
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	h.pages.Render(w, r, http.StatusOK, "select_account", ui.View{
		Title: "Choose an account", Narrow: true, FormAction: []string{formTarget(req.RedirectURI)},
		Data: selectAccountPage{App: clientName(req.Client), User: name, Request: handle},
	})
}

type selectAccountPage struct{ App, User, Request string }

// decide takes what the person chose on one of the two pages.
func (h *Handler) decide(w http.ResponseWriter, r *http.Request, form url.Values) {
	req, err := h.OAuth.Open(r.Context(), form.Get("request"), h.browser(r))
	if err != nil {
		h.refuseAuthorization(w, r, "", err)
		return
	}
	who, name, known := h.who(r)
	switch decision := form.Get("decision"); {
	case decision == "cancel":
		h.tell(r, oauth.Event{Name: oauth.EventAuthorization, Outcome: oauth.OutcomeDenied})
		h.respond(w, r, req, h.OAuth.Deny(req))
	case decision == "switch" || decision == "other":
		if err := h.endSession(w, r); err != nil {
			h.failPerson(w, r, err)
			return
		}
		h.proceedAnonymously(w, r, req)
	case decision == "continue" && known:
		req.Chosen = who.Subject
		h.proceed(w, r, req)
	case !known || !req.WasShown(who):
		// Somebody else logged in meanwhile: they have not seen the page yet.
		h.proceed(w, r, req)
	case form.Get("allow") == "":
		h.consent(w, r, req, who, name, form)
	default:
		h.approve(w, r, req, who, h.ticked(req, form["scope"]), true)
	}
}

// ticked is the scope that the person left ticked; only optional scopes can be
// unticked.
func (h *Handler) ticked(req *provider.AuthorizationRequest, ticked []string) oauth.Scopes {
	var scope oauth.Scopes
	for _, name := range req.Asked() {
		if info, _ := h.OAuth.Scope(name); !info.Optional || slices.Contains(ticked, name) {
			scope = append(scope, name)
		}
	}
	return scope
}

// proceedAnonymously goes on as if nobody were logged in, which the request's
// own cookies do not know yet.
func (h *Handler) proceedAnonymously(w http.ResponseWriter, r *http.Request, req *provider.AuthorizationRequest) {
	handle, err := h.OAuth.Seal(req, h.ensureBrowser(w, r))
	if err != nil {
		h.failPerson(w, r, err)
		return
	}
	redirect(w, r, h.loginURL(h.base+"/authorize/?resume="+handle))
}

// lasting says how long a permission lasts.
func lasting(total, idle time.Duration) string {
	if idle < total {
		return "up to " + ui.Duration(total) + ", and ends after " + ui.Duration(idle) + " without use"
	}
	return "up to " + ui.Duration(total)
}

// initial stands where an application has no logo.
func initial(name string) string {
	first, _ := utf8.DecodeRuneInString(name)
	return string(first)
}

func clientName(c *oauth.Client) string {
	if strings.TrimSpace(c.Name) == "" {
		return c.ID
	}
	return c.Name
}

func hostOf(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return ""
	}
	return u.Host
}

// destination names in a word where the answer goes.
func destination(redirectURI string) string {
	if host := hostOf(redirectURI); host != "" {
		return host
	}
	scheme, _, _ := strings.Cut(redirectURI, ":")
	return "the app " + scheme + " on this device"
}

// formTarget is the source expression that lets the form's answer redirect to
// the client: browsers hold form-action against the redirect too (CSP §6.4.1).
func formTarget(redirectURI string) string {
	if origin := oauth.Origin(redirectURI); origin != "" && !strings.Contains(origin, "[") {
		return origin
	}
	// An address in brackets, or an app's own scheme, can only be allowed whole.
	scheme, _, _ := strings.Cut(redirectURI, ":")
	return scheme + ":"
}
