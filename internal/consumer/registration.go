package consumer

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// registrationPage is the data of the page that manages a registration.
type registrationPage struct {
	URI, Token, Metadata string
	Ask                  bool // ask before the registration is deleted
	Error, Done          ui.Text
	Exchange             *jsonExchange // or nil
}

func (c *consumer) registrationForm(w http.ResponseWriter, r *http.Request) {
	c.showRegistration(w, r, http.StatusOK, registrationPage{})
}

func (c *consumer) showRegistration(w http.ResponseWriter, r *http.Request, status int, page registrationPage) {
	c.render(w, r, status, "registration", ui.Text{"consumer.registration.title"}, ui.View{Data: page})
}

// manageRegistration reads, changes or deletes a registration (RFC 7592 §2).
func (c *consumer) manageRegistration(w http.ResponseWriter, r *http.Request) {
	if err := ui.ParseForm(r); err != nil {
		c.unreadable(w, r)
		return
	}
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	page := registrationPage{URI: get("uri"), Token: get("token"), Metadata: get("metadata")}
	method, body := http.MethodGet, []byte(nil)
	switch get("action") {
	case "save":
		method, body = http.MethodPut, []byte(page.Metadata)
		if !json.Valid(body) {
			page.Error = ui.Text{"consumer.registration.fault_metadata"}
		}
	case "delete":
		method, page.Ask = http.MethodDelete, !r.PostForm.Has("confirmed")
	}
	if _, valid := parseURL(page.URI); !valid {
		page.Error = ui.Text{"consumer.registration.url"}
	}
	if page.Error != nil || page.Ask {
		status := http.StatusUnprocessableEntity
		if page.Error == nil {
			status = http.StatusOK
		}
		c.showRegistration(w, r, status, page)
		return
	}
	done := c.exchangeJSON(r, method, page.URI, page.Token, body)
	page.Exchange = &done
	switch {
	case done.code == http.StatusUnauthorized:
		page.Error = ui.Text{"consumer.registration.token"}
	case done.code/100 != 2:
		page.Error = ui.Text{"consumer.registration.other"}
	case method == http.MethodDelete:
		page = registrationPage{Done: ui.Text{"consumer.registration.deleted"}, Exchange: &done}
	default:
		page.Done = ui.Text{"consumer.registration.done_read"}
		if method == http.MethodPut {
			page.Done = ui.Text{"consumer.registration.changed"}
		}
		page.read(done.body)
	}
	c.showRegistration(w, r, http.StatusOK, page)
}

// read takes over the metadata of a response. An update must not contain some of its
// members (RFC 7592 §2.2). A provider can replace the token with each response.
func (p *registrationPage) read(body []byte) {
	members := make(map[string]any)
	if json.Unmarshal(body, &members) != nil {
		return
	}
	if token, _ := members["registration_access_token"].(string); token != "" {
		p.Token = token
	}
	for _, name := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at", "client_secret"} {
		delete(members, name)
	}
	if text, err := json.MarshalIndent(members, "", "  "); err == nil {
		p.Metadata = string(text)
	}
}
