package consumer

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// pushedRequest is a pushed authorization request and its response (RFC 9126), as the
// page shows them.
type pushedRequest struct {
	URL, Body  string
	Status     ui.Text // of the response, or the reason for no response
	Answer     string
	RequestURI string  // empty if the request was rejected
	Lifetime   ui.Text // of the RequestURI
}

// clientAuth holds what authenticates the application in a request. A public application
// has neither a secret nor an assertion.
type clientAuth struct {
	secret       string
	secretInForm bool
	assertion    string
}

// clientAuth returns what the person chose in the form. An assertion is signed with the
// key of the browser.
func (c *consumer) clientAuth(w http.ResponseWriter, r *http.Request, f formPage, audience string) (clientAuth, error) {
	switch f.AuthMethod {
	case "none":
		return clientAuth{}, nil
	case "private_key_jwt":
		key, err := c.browserKey(w, r)
		if err != nil {
			return clientAuth{}, err
		}
		assertion, err := c.newAssertion(key, f.ClientID, audience)
		return clientAuth{assertion: assertion}, err
	}
	return clientAuth{secret: r.PostForm.Get("client_secret"), secretInForm: f.AuthMethod == "client_secret_post"}, nil
}

// push sends the parameters to the provider. The secret and the assertion are not
// shown.
func (c *consumer) push(ctx context.Context, address, clientID string, auth clientAuth, parameters []parameter) pushedRequest {
	form := url.Values{}
	for _, p := range parameters {
		form.Set(p.Name, p.Value)
	}
	pushed := pushedRequest{URL: address, Body: strings.ReplaceAll(form.Encode(), "&", "\n&")}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	switch {
	case auth.assertion != "":
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		form.Set("client_assertion", auth.assertion)
		pushed.Body += "\n&client_assertion=(not shown)"
	case auth.secret != "" && auth.secretInForm:
		form.Set("client_secret", auth.secret)
		pushed.Body += "\n&client_secret=(not shown)"
	case auth.secret != "":
		header.Set("Authorization", basic(clientID, auth.secret))
	}
	answer, err := c.send(ctx, http.MethodPost, address, header, form.Encode())
	if err != nil {
		pushed.Status = ui.Text{"consumer.http.no_response", "reason", reason(err)}
		return pushed
	}
	pushed.Status, pushed.Answer = ui.Plain(answer.Status), string(answer.Body)
	var accepted struct {
		RequestURI string  `json:"request_uri"`
		ExpiresIn  float64 `json:"expires_in"`
	}
	if answer.Code == http.StatusCreated && json.Unmarshal(answer.Body, &accepted) == nil {
		pushed.RequestURI, pushed.Lifetime = accepted.RequestURI, c.lifetime(accepted.ExpiresIn)
	}
	return pushed
}

// lifetime describes the expires_in of a response.
func (c *consumer) lifetime(seconds float64) ui.Text {
	if seconds <= 0 || seconds > 1e6 {
		return ui.Text{"consumer.pushed.no_lifetime"}
	}
	expires := c.Clock().Add(time.Duration(seconds * float64(time.Second)))
	return ui.Text{"consumer.pushed.expires", "duration", ui.Text{"duration.seconds", "n", int(math.Round(seconds))}, "time", expires.UTC().Format("15:04:05 UTC")}
}

// basic returns the Authorization header of an application with a secret (RFC 6749
// §2.3.1).
func basic(clientID, secret string) string {
	request := http.Request{Header: make(http.Header)}
	request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
	return request.Header.Get("Authorization")
}
