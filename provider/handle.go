package provider

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// A handle is a sealed request. It is sent in URLs, of which a default nginx
// accepts 8 KB, together with the path and the parameters of the login page.
const (
	maxHandleLength = 7500
	// handoverTTL is how long a handle without a browser can be opened.
	handoverTTL = 5 * time.Minute
	// plainLength is the length of the longest content that is not compressed, and
	// maxContent bounds the content, in bytes.
	plainLength = 1 << 10
	maxContent  = 64 << 10
)

// sealedRequest is the content of a handle.
type sealedRequest struct {
	*AuthorizationRequest
	// Browser is a text that only one browser has, or empty.
	Browser string `json:"b,omitempty"`
}

// Seal returns a handle that contains the request, encrypted. browser is a random
// text that only this browser has; the handle cannot be opened without it. If it
// is empty, any browser can open the handle for a few minutes. That begins a new
// request with the same parameters, so the handle allows no more than the link of
// the application.
func (s *Provider) Seal(r *AuthorizationRequest, browser string) (string, error) {
	sealed := *r
	if browser == "" {
		sealed.ID, sealed.Chosen, sealed.ShownTo, sealed.Switch, sealed.Sent = oauth.NewID(s.now()), "", "", false, nil
	}
	content, err := s.encodeContent(sealedRequest{&sealed, browser})
	if err != nil {
		return "", err
	}
	return s.seal.Seal(sealed.ID, content, "")
}

// checkSize rejects a request whose handle would be too long for a URL.
func (s *Provider) checkSize(r *AuthorizationRequest, _ oauth.Params) error {
	if len(r.ClientID)+len(r.State)+len(r.Nonce)+len(r.RedirectURI)+len(r.Resources.String()) < plainLength && r.Claims == nil {
		return nil
	}
	content, err := s.encodeContent(sealedRequest{r, ""})
	if err != nil {
		return err
	}
	const margin = 400 // for what is added later
	if (len(content)+margin)*4/3 > maxHandleLength {
		return oauth.Errorf(oauth.CodeInvalidRequest, "The request is too long. Use shorter values of scope, state, nonce, resource and claims.")
	}
	return nil
}

// ErrRequestLost means that the handle cannot be opened in this browser, or has
// expired.
var ErrRequestLost = errors.New("authorization request lost")

// ErrNoCookie means, together with ErrRequestLost, that the browser sent no cookie of this server.
var ErrNoCookie = errors.New("the browser sent no cookie of this server")

// Open opens a handle. browsers are the values of the cookies of this browser.
// Open checks the client and the redirect URI again, because the client may have
// changed. Its errors must be shown only to the person. With ErrRequestLost it
// also returns the request if it can be read, so that a page can link back to the
// application.
func (s *Provider) Open(ctx context.Context, handle string, browsers ...string) (*AuthorizationRequest, error) {
	content, err := s.seal.Open(handle, "")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestLost, err)
	}
	sealed := sealedRequest{AuthorizationRequest: new(AuthorizationRequest)}
	if err := s.decodeContent(content, &sealed); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestLost, err)
	}
	r := sealed.AuthorizationRequest
	r.Resumed = true
	if err := s.renew(ctx, r); err != nil {
		return nil, err
	}
	age, ttl := s.now().Sub(r.BeganAt()), s.RequestTTL
	if sealed.Browser == "" {
		ttl = min(ttl, handoverTTL)
		r.ID, r.CodeSecret = oauth.NewID(s.now()), newRequestSecret()
	} else if len(browsers) == 0 {
		return r, fmt.Errorf("%w: %w. If the issuer uses https, a browser that opens the pages over http does not store the cookie", ErrRequestLost, ErrNoCookie)
	} else if !isOneOf(sealed.Browser, browsers) {
		return r, fmt.Errorf("%w: it began in another browser", ErrRequestLost)
	}
	if age > ttl {
		return r, fmt.Errorf("%w: it began %s ago", ErrRequestLost, age.Round(time.Second))
	}
	return r, nil
}

func isOneOf(text string, texts []string) bool {
	found := 0
	for _, t := range texts {
		found |= subtle.ConstantTimeCompare([]byte(text), []byte(t))
	}
	return found == 1
}

// encodeContent returns a value as JSON, compressed if it is long. Huffman coding
// alone does not reveal, by the length, that a secret is repeated in a parameter.
func (s *Provider) encodeContent(value any) ([]byte, error) {
	var plain bytes.Buffer
	plain.WriteByte(0)
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false) // six bytes for each "<"
	if err := encoder.Encode(value); err != nil || plain.Len() <= plainLength {
		return plain.Bytes(), err
	}
	return s.contents.compress([]byte{1}, plain.Bytes()[1:])
}

// decodeContent is the reverse of encodeContent.
func (s *Provider) decodeContent(content []byte, value any) error {
	if len(content) == 0 {
		return io.ErrUnexpectedEOF
	}
	if content[0] == 1 {
		return s.contents.decode(content[1:], maxContent, value)
	}
	return json.NewDecoder(bytes.NewReader(content[1:])).Decode(value)
}
