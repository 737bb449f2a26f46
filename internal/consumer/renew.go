package consumer

import (
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// renewForm shows the page that renews the tokens in a hidden frame. The frame can
// show any provider.
func (c *consumer) renewForm(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "renew", ui.Text{"consumer.renew.title"}, ui.View{
		Data: c.defaults(r), Scripts: []string{"renew.js"}, ConnectSrc: anyServer, FrameSrc: anyServer,
	})
}

// silentRequest is the authorization request that the script opens in a frame.
type silentRequest struct {
	Link     string   `json:"link"`
	State    string   `json:"state"`
	Provider provider `json:"provider"`
}

// renew starts an authorization request with prompt=none, whose response is shown in a
// frame of the page (OpenID Connect Core §3.1.2.1).
func (c *consumer) renew(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.problem(w, r, http.StatusBadRequest, ui.Text{"consumer.fault.form"})
		return
	}
	f := readForm(r.PostForm)
	if f.ClientID == "" {
		c.problem(w, r, http.StatusUnprocessableEntity, ui.Text{"consumer.fault.renew_client"})
		return
	}
	p := c.chosenProvider(r.Context(), &f)
	for _, text := range f.Errors {
		c.problem(w, r, http.StatusUnprocessableEntity, text)
		return
	}
	target, err := url.Parse(p.Authorization)
	if err != nil {
		c.problem(w, r, http.StatusUnprocessableEntity, ui.Text{"consumer.fault.authorization_endpoint"})
		return
	}
	request := newPending(c.Clock(), f, p)
	request.Silent = true
	if err := c.storePending(w, request); err != nil {
		c.failed(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, silentRequest{Link: withParameters(target, c.parameters(request, "none")), State: request.State, Provider: *p})
}

// framePage is the authorization response that the script of the frame sends to the
// page around it.
type framePage struct {
	State, Code, Error, Description string
	RedirectURI, Verifier, Nonce    string
}

// silentAnswer shows the authorization response in the frame.
func (c *consumer) silentAnswer(w http.ResponseWriter, r *http.Request, request *pending) {
	q := r.URL.Query()
	page := framePage{State: request.State, Error: q.Get("error"), Description: q.Get("error_description")}
	switch iss, known := q.Get("iss"), request.Provider.Issuer; {
	case known != "" && iss != "" && iss != known:
		page.Error, page.Description = "wrong_issuer", c.plain(r, ui.Text{"consumer.renew.wrong_issuer", "issuer", iss})
	case page.Error == "":
		page.Code, page.RedirectURI, page.Verifier, page.Nonce = q.Get("code"), c.redirectURI(), request.Verifier, request.Nonce
	}
	c.render(w, r, http.StatusOK, "frame", ui.Text{"consumer.frame.title"}, ui.View{Data: page, Scripts: []string{"frame.js"}, FramableBySelf: true})
}
