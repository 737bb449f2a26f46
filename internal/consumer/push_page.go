package consumer

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// pushPage is the data of the form for a pushed authorization request, and of the page
// that shows its response.
type pushPage struct {
	formPage
	Pushed       pushedRequest
	Link, Origin string
	Parameters   []parameter // of a new request
	Again        string      // the parameters of the request, encoded as a form
}

// pushForm shows the form for a pushed authorization request (RFC 9126).
func (c *consumer) pushForm(w http.ResponseWriter, r *http.Request) {
	c.showPush(w, r, http.StatusOK, "push", ui.Text{"consumer.push.title"}, pushPage{formPage: c.formDefaults(r)})
}

func (c *consumer) showPush(w http.ResponseWriter, r *http.Request, status int, page string, title ui.Text, data pushPage) {
	data.RedirectURI = c.redirectURI()
	c.render(w, r, status, page, title, ui.View{Data: data, Scripts: []string{"push.js"}})
}

// pushRequest pushes a request, or pushes the parameters of an earlier one again. It
// shows the response and the link that follows.
func (c *consumer) pushRequest(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.unreadable(w, r)
		return
	}
	page := pushPage{formPage: readForm(r.PostForm), Again: r.PostForm.Get("request")}
	p, more := c.checkForm(r.Context(), &page.formPage)
	if p != nil && page.Errors["issuer"] == nil {
		if _, ok := parseURL(p.Pushed); !ok {
			field, text := "issuer", ui.Text{"consumer.fault.no_push"}
			if page.AuthorizationURL != "" {
				field, text = "push_url", ui.Text{"consumer.fault.push_url"}
			}
			page.Errors[field] = text
		}
	}
	earlier, err := url.ParseQuery(page.Again)
	if err != nil {
		c.unreadable(w, r)
		return
	}
	if len(page.Errors) > 0 {
		c.showPush(w, r, http.StatusUnprocessableEntity, "push", ui.Text{"consumer.push.title"}, page)
		return
	}
	sent := inOrder(earlier)
	if page.Again == "" {
		pending := newPending(c.Clock(), page.formPage, p)
		if err := c.storePending(w, pending); err != nil {
			c.failed(w, r, err)
			return
		}
		page.Parameters = append(c.parameters(pending, page.Prompt), more...)
		sent = page.Parameters
	}
	auth, err := c.clientAuth(w, r, page.formPage, cmp.Or(p.Issuer, p.Pushed))
	if err != nil {
		c.failed(w, r, err)
		return
	}
	page.Pushed, page.Again = c.push(r.Context(), p.Pushed, page.ClientID, auth, sent), encoded(sent)
	if target, ok := parseURL(p.Authorization); ok {
		page.Origin = target.Host
		page.Link = withParameters(target, []parameter{{Name: "client_id", Value: page.ClientID}, {Name: "request_uri", Value: page.Pushed.RequestURI}})
	}
	c.showPush(w, r, http.StatusOK, "pushed", ui.Text{"consumer.pushed.title"}, page)
}

// Repeated returns the fields of the form that pushes the request again, which have no
// place in the request itself.
func (p pushPage) Repeated() map[string]string {
	return map[string]string{
		"issuer": p.Issuer, "authorization_url": p.AuthorizationURL, "push_url": p.PushURL, "token_url": p.TokenURL,
		"scope": p.Scope, "resource": p.Resource, "prompt": p.Prompt,
	}
}

// inOrder returns the parameters of an encoded request, by name.
func inOrder(form url.Values) (parameters []parameter) {
	for name := range form {
		parameters = append(parameters, parameter{Name: name, Value: form.Get(name)})
	}
	slices.SortFunc(parameters, func(a, b parameter) int { return cmp.Compare(a.Name, b.Name) })
	return parameters
}

// encoded returns the parameters as a form.
func encoded(parameters []parameter) string {
	form := url.Values{}
	for _, p := range parameters {
		form.Set(p.Name, p.Value)
	}
	return form.Encode()
}
