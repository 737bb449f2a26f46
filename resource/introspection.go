package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Introspection verifies access tokens with the introspection endpoint of the
// authorization server (RFC 7662). Without CacheFor, each call of Verify sends a request
// and the response is not cached, so a token that was revoked is rejected at
// once. Many goroutines can use it at once.
type Introspection struct {
	// URL is the introspection endpoint: an https URL, or http with a loopback host,
	// because each request contains the credentials of the API and a token.
	URL string
	// ClientID and ClientSecret are the credentials of the API at the
	// authorization server, which must allow it to introspect the tokens of
	// other clients. In Latchkey it is marked as a resource server. They can be empty if the
	// Client authenticates the API, such as with a certificate.
	ClientID, ClientSecret string
	// Key authenticates the API in place of ClientSecret, unless it is nil.
	Key *ClientKey
	// AccessToken, if set, returns an access token of the API, which authenticates it in
	// place of ClientSecret and Key (RFC 7662 §2.1). It must cache the token.
	AccessToken func(context.Context) (string, error)
	// Audience must be one of the values of aud. A slash at the end of either makes no
	// difference. Audience is required, unless AllowAnyAudience is set.
	Audience string
	// OtherAudiences are accepted in place of Audience.
	OtherAudiences []string
	// AllowAnyAudience also accepts tokens without aud, or for other APIs, if Audience is
	// empty. Use it only if the endpoint reports tokens for other APIs as inactive.
	AllowAnyAudience bool
	// AllowUntyped accepts a response without token_type, which RFC 7662 §2.2 does
	// not require. Latchkey and some other servers omit it for a refresh token, so
	// use this only for a server that does not introspect refresh tokens, or marks
	// them in another way.
	AllowUntyped bool
	// CacheFor is how long the response for a token is reused, at most until the token
	// expires. 0 means that it is not cached. A token that was revoked is accepted for
	// this long. Requests with the same token then also share one request to the
	// endpoint.
	CacheFor time.Duration
	Client   *http.Client     // nil means a client with a timeout of 5 s that follows no redirects
	Clock    func() time.Time // nil means time.Now

	cache introspectionCache
}

const (
	// maxResponseLength is the length of the longest introspection response, in bytes.
	maxResponseLength = 64 << 10
	// introspectionTimeout is the longest time that an introspection request takes, even
	// if Client allows more.
	introspectionTimeout = 10 * time.Second
)

// Verify sends the token to the introspection endpoint, unless the response is cached. If
// the token is not valid, the error is an *InvalidTokenError. Any other error means that
// the endpoint cannot be used at the moment, or that a field of the Introspection is wrong.
func (i *Introspection) Verify(ctx context.Context, token string) (*Token, error) {
	if err := i.fieldFault(); err != nil {
		return nil, err
	}
	if i.CacheFor <= 0 {
		ctx, cancel := context.WithTimeout(ctx, introspectionTimeout)
		defer cancel()
		return i.introspect(ctx, token)
	}
	return i.cache.verify(ctx, token, i)
}

// fieldFault returns an error if a field is wrong.
func (i *Introspection) fieldFault() error {
	if i.Audience == "" && len(i.OtherAudiences) == 0 && !i.AllowAnyAudience {
		return faultf("Introspection has no Audience; set it to an aud of the access tokens for the API, such as the issuer of the authorization server")
	}
	if u, err := url.Parse(i.URL); err != nil || !secure(u) {
		return faultf("the URL of Introspection is %s; set it to the introspection endpoint of the authorization server, such as https://id.example.com/o/introspect/ (an https URL, or http with a loopback host)", redacted(i.URL, u))
	}
	if i.CacheFor != 0 && i.CacheFor < time.Millisecond {
		return faultf("Introspection.CacheFor is %s; use a duration of at least 1ms, such as 30*time.Second, or 0 to cache nothing", i.CacheFor)
	}
	return nil
}

// fault is like fieldFault, but also checks the credentials, which the endpoint checks, too.
func (i *Introspection) fault() error {
	if err := i.fieldFault(); err != nil || i.AccessToken != nil {
		return err
	}
	switch {
	case i.Key != nil && i.ClientID != "":
		return i.Key.fault()
	case i.Key == nil && i.Client != nil: // it may authenticate the API, such as with a certificate
	case i.ClientID == "":
		return faultf("Introspection has no ClientID; set it to that of the API at the authorization server, with ClientSecret or Key, or set AccessToken")
	case i.ClientSecret == "":
		return faultf("Introspection has no ClientSecret; set it, or Key, or AccessToken")
	}
	return nil
}

// introspect sends the token to the introspection endpoint. A panic of a function of the program,
// such as the transport of Client, is an error.
func (i *Introspection) introspect(ctx context.Context, token string) (_ *Token, err error) {
	defer recovered(&err, "Introspection", token)
	body, err := i.post(ctx, token)
	if err != nil {
		return nil, err
	}
	var found struct {
		Active    bool   `json:"active"`
		TokenType string `json:"token_type"`
		claims
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, i.otherAddress("200 OK, but not with a JSON object with members of the types in RFC 7662")
	}
	if !found.Active {
		return nil, invalid(Inactive, "it is unknown, expired or revoked, or the API is not allowed to introspect tokens of other clients")
	}
	if err := found.otherKind(); err != nil {
		return nil, err
	}
	switch strings.ToLower(found.TokenType) {
	case "":
		if !i.AllowUntyped {
			return nil, invalid(WrongType, "the response has no token_type, as for a refresh token; see AllowUntyped")
		}
	case "dpop":
		return nil, invalid(Bound, "its token_type is %q", found.TokenType)
	case "refresh_token", "refresh":
		return nil, invalid(WrongType, "its token_type is %q", found.TokenType)
	}
	if i.Audience != "" || len(i.OtherAudiences) > 0 {
		if err := found.audienceError(i.Audience, i.OtherAudiences); err != nil {
			return nil, err
		}
	}
	return found.token(body)
}

// post returns the response of the introspection endpoint.
func (i *Introspection) post(ctx context.Context, token string) ([]byte, error) {
	form := url.Values{"token": {token}}
	if i.Key != nil && i.AccessToken == nil {
		if err := i.Key.addTo(form, i.ClientID); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.URL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	switch {
	case i.AccessToken != nil:
		own, err := i.ownToken(ctx)
		if err != nil {
			return nil, fmt.Errorf("the API has no access token for the introspection endpoint: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+own)
	case i.Key == nil && i.ClientID != "":
		r.SetBasicAuth(url.QueryEscape(i.ClientID), url.QueryEscape(i.ClientSecret)) // RFC 6749 §2.3.1
	}
	response, err := introspectionClient(i.Client).Do(r)
	if err != nil {
		return nil, fmt.Errorf("the introspection endpoint does not respond: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("the introspection endpoint %s responds with %s: check ClientID, and ClientSecret, Key or AccessToken, and whether this client is allowed to introspect tokens", r.URL.Redacted(), response.Status)
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusBadRequest,
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return nil, i.otherAddress(response.Status)
	default:
		return nil, fmt.Errorf("the introspection endpoint %s responds with %s", r.URL.Redacted(), response.Status)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponseLength+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the response of the introspection endpoint cannot be read completely: %w", err)
	case len(body) > maxResponseLength:
		return nil, i.otherAddress(fmt.Sprintf("200 OK, but with more than %d bytes", maxResponseLength))
	}
	return body, nil
}

// otherAddress returns the error for a response that usually means that URL is not the
// introspection endpoint: the issuer, for example, responds with a page.
func (i *Introspection) otherAddress(response string) error {
	u, err := url.Parse(i.URL)
	if err != nil { // fieldFault has checked it
		return err
	}
	return fmt.Errorf("the introspection endpoint %s responds with %s: check URL, which is not the issuer, but its introspection_endpoint, such as https://id.example.com/o/introspect/", u.Redacted(), response)
}

// ownToken calls AccessToken. With CacheFor, that is in a goroutine, in which a panic would end the
// process, and without it in the goroutine of the request.
func (i *Introspection) ownToken(ctx context.Context) (token string, err error) {
	defer recovered(&err, "Introspection.AccessToken", "")
	return i.AccessToken(ctx)
}

// introspectionClient returns the configured client, or one that follows no redirects if
// it is nil: a redirect would send the token to another server.
func introspectionClient(configured *http.Client) *http.Client {
	client := httpClient(configured)
	if configured == nil {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	return client
}

func (i *Introspection) now() time.Time {
	if i.Clock != nil {
		return i.Clock()
	}
	return time.Now()
}
