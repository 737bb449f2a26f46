package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// The variables with the credentials for --server. The secrets can also be in files, which
// tokenVariable_FILE and clientSecretVariable_FILE name.
const (
	tokenVariable        = envPrefix + "TOKEN"
	clientIDVariable     = envPrefix + "CLIENT_ID"
	clientSecretVariable = envPrefix + "CLIENT_SECRET"
)

// maxAPIResponse bounds a response of the server, in bytes.
const maxAPIResponse = 16 << 20

// apiClient sends requests to the admin API of a server.
type apiClient struct {
	base     string // the URL of the API, with a slash at the end
	issuer   string // empty until findIssuer has read it
	accounts bool   // people have accounts at the server; false until findIssuer has read it
	token    string
	from     string // the variable with the token, or with the credentials for which it was issued
	http     *http.Client
}

// openServer returns the administration of the running server that the command line names.
func (c *command) openServer(ctx context.Context) (*atServer, error) {
	base, err := apiURL(c.server)
	if err != nil {
		return nil, usageError{"--server: " + err.Error()}
	}
	authorities, err := c.config.outboundAuthorities()
	if err != nil {
		return nil, err
	}
	api := &apiClient{base: base, http: &http.Client{
		Timeout:       time.Minute,
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // it would send the token elsewhere
	}}
	api.from = tokenVariable
	if api.token, err = environmentSecret(tokenVariable); err != nil || api.token != "" {
		return &atServer{api}, err
	}
	api.from = clientIDVariable
	return &atServer{api}, api.requestToken(ctx)
}

// apiURL returns the URL of the admin API of a server. The text is its origin, or the URL of
// its back office.
func apiURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", errors.New("this is not the URL of a server, such as https://id.example.com, or of its back office, such as https://id.example.com/admin")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", errors.New("the URL must begin with https://, because the token is sent there; http:// is only for this machine")
	}
	office := strings.TrimSuffix(u.Path, "/")
	if office == "" {
		office = "/admin"
	}
	return u.Scheme + "://" + u.Host + office + "/" + adminapi.Path, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// environmentSecret returns the value of a variable of the environment, or of the file that
// NAME_FILE names, or "".
func environmentSecret(name string) (string, error) {
	value, file := os.Getenv(name), os.Getenv(name+"_FILE")
	switch {
	case file == "":
		return strings.TrimSpace(value), nil
	case value != "":
		return "", fmt.Errorf("%s and %s_FILE are both set; unset one of them", name, name)
	}
	text, err := os.ReadFile(file) //nolint:gosec // the administrator names the file
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	if value = strings.TrimSpace(string(text)); value == "" {
		return "", fmt.Errorf("%s_FILE: %s is empty", name, file)
	}
	return value, nil
}

// resource returns the URI of the API, for which its tokens are issued.
func (a *apiClient) resource() string { return strings.TrimSuffix(a.base, "/") }

// findIssuer reads from the description of the API, which needs no token, the issuer and whether
// people have accounts.
func (a *apiClient) findIssuer(ctx context.Context) error {
	if a.issuer != "" {
		return nil
	}
	var document struct {
		Paths struct {
			Sessions json.RawMessage `json:"/sessions"`
		} `json:"paths"`
		Components struct {
			SecuritySchemes struct {
				OAuth2 struct {
					Flows struct {
						ClientCredentials struct {
							TokenURL string `json:"tokenUrl"`
						} `json:"clientCredentials"`
					} `json:"flows"`
				} `json:"oauth2"`
			} `json:"securitySchemes"`
		} `json:"components"`
	}
	err := a.fetch(ctx, http.MethodGet, a.base+"openapi.json", nil, nil, &document)
	issuer, found := strings.CutSuffix(document.Components.SecuritySchemes.OAuth2.Flows.ClientCredentials.TokenURL, "/token/")
	if err == nil && !found {
		err = errors.New("the response does not describe one")
	}
	if err != nil {
		return fmt.Errorf("there is no admin API of Latchkey at %s: %w", a.resource(), err)
	}
	a.issuer, a.accounts = issuer, document.Paths.Sessions != nil
	return nil
}

// requestToken gets a token with the client credentials in the environment. They are sent only
// to an issuer on the same host as the API.
func (a *apiClient) requestToken(ctx context.Context) error {
	id := os.Getenv(clientIDVariable)
	secret, err := environmentSecret(clientSecretVariable)
	if err != nil {
		return err
	}
	if id == "" || secret == "" {
		return fmt.Errorf("--server needs a token: set %s, or %s_FILE to a file with it. Create one in the back office, under API tokens. A program can set %s and %s instead", tokenVariable, tokenVariable, clientIDVariable, clientSecretVariable)
	}
	if err := a.findIssuer(ctx); err != nil {
		return err
	}
	if oauth.Origin(a.issuer) != oauth.Origin(a.base) {
		return fmt.Errorf("the issuer %s is on another host than the admin API, so the client secret is not sent there. Get a token, and set %s", a.issuer, tokenVariable)
	}
	form := url.Values{"grant_type": {oauth.GrantClientCredentials}, "resource": {a.resource()}, "scope": {oauth.ScopeAdmin}}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	credentials := &http.Request{Header: header}
	credentials.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) // RFC 6749 section 2.3.1
	var response struct {
		Token string `json:"access_token"`
	}
	if err := a.fetch(ctx, http.MethodPost, strings.TrimSuffix(a.issuer, "/")+"/token/", header, []byte(form.Encode()), &response); err != nil {
		return fmt.Errorf("the server issued no token to the application %s, which needs the grant client_credentials, the scope %s and an admin_role: %w", id, oauth.ScopeAdmin, err)
	}
	a.token = response.Token
	return nil
}

// apiError is a response that reports an error.
type apiError struct {
	status  int
	text    string
	foreign bool // the response is not one of the admin API
	fields  []adminapi.FieldError
	added   []string      // usernames of the people whom an import added before it failed
	after   time.Duration // when the request can be repeated, if there were too many
}

// Error returns the text of the server.
func (e *apiError) Error() string { return e.text }

func isStatus(err error, status int) bool {
	e, ok := errors.AsType[*apiError](err)
	return ok && e.status == status
}

func isNotFound(err error) bool { return isStatus(err, http.StatusNotFound) }

// get reads an object.
func (a *apiClient) get(ctx context.Context, path string, to any) error {
	return a.call(ctx, http.MethodGet, path, "", nil, to)
}

// turn disables or enables an object.
func (a *apiClient) turn(ctx context.Context, path string, disabled, keepTokens bool) error {
	if !disabled {
		return a.call(ctx, http.MethodPost, path+"/enable", "", nil, nil)
	}
	return a.call(ctx, http.MethodPost, path+"/disable", "", map[string]any{"keep_tokens": keepTokens}, nil)
}

// call sends a request for an operation of the API. ifMatch, in and to may be empty.
func (a *apiClient) call(ctx context.Context, method, path, ifMatch string, in, to any) (err error) {
	header := http.Header{"Authorization": {"Bearer " + a.token}}
	if ifMatch != "" {
		header.Set("If-Match", ifMatch)
	}
	var body []byte
	if in != nil {
		header.Set("Content-Type", "application/json")
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	return a.fetch(ctx, method, a.base+path, header, body, to)
}

// fetch sends a request, and decodes the response.
func (a *apiClient) fetch(ctx context.Context, method, address string, header http.Header, body []byte, to any) error {
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if header != nil {
		request.Header = header
	}
	request.Header.Set("User-Agent", "latchkey")
	response, err := a.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAPIResponse+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxAPIResponse:
		return fmt.Errorf("the response of the server is larger than %d MiB", maxAPIResponse>>20)
	case response.StatusCode >= 300:
		return a.explained(ctx, a.refusal(response, text))
	case to == nil:
		return nil
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("the response of the server is not what the admin API returns: %w", err)
	}
	return nil
}

// explained returns the error of a response, or another one if no admin API answered because the URL
// is that of the issuer.
func (a *apiClient) explained(ctx context.Context, e *apiError) error {
	if e.status != http.StatusNotFound || !e.foreign {
		return e
	}
	issuer := strings.TrimSuffix(a.base, "/"+adminapi.Path)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/openid-configuration", nil)
	if err != nil {
		return e
	}
	response, err := a.http.Do(request)
	if err != nil {
		return e
	}
	defer func() { _ = response.Body.Close() }()
	var metadata struct {
		Issuer string `json:"issuer"`
	}
	if json.NewDecoder(io.LimitReader(response.Body, maxAPIResponse)).Decode(&metadata) != nil || strings.TrimSuffix(metadata.Issuer, "/") != issuer {
		return e
	}
	return fmt.Errorf("%s is the issuer of a server, and not the URL of its admin API. Use --server %s, or the URL of the back office", issuer, oauth.Origin(issuer))
}

// refusal returns the error that a response reports.
func (a *apiClient) refusal(response *http.Response, text []byte) *apiError {
	var problem struct {
		adminapi.Problem
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}
	e := &apiError{status: response.StatusCode, after: time.Second}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		e.after = time.Duration(min(max(seconds, 0), 60)) * time.Second
	}
	if json.Unmarshal(text, &problem) != nil {
		e.text, e.foreign = "the server responded with the status "+printable(response.Status), true
		if response.StatusCode == http.StatusNotFound {
			e.text += ". The admin API of Latchkey is not at this address. Use --server with the URL of the server, or with the URL of its back office if its path is not /admin/"
		}
		return e
	}
	for _, p := range problem.Added {
		e.added = append(e.added, p.Username)
	}
	var parts []string
	if len(problem.Errors) > 0 {
		problem.Detail = "" // it refers to members of the JSON document
	}
	for _, part := range []string{problem.Detail, problem.Description} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	e.fields = problem.Errors
	for _, field := range problem.Errors {
		parts = append(parts, field.Field+": "+field.Message)
	}
	if problem.ErrorID != "" {
		parts = append(parts, "The error ID is "+problem.ErrorID+".")
	}
	if len(parts) == 0 {
		parts = []string{"the server responded with the status " + printable(response.Status)}
	}
	e.text = oneLine(strings.Join(parts, " "))
	if response.StatusCode == http.StatusUnauthorized {
		accepted := "the token of " + a.from
		if a.token == "" { // which is requested
			accepted = clientIDVariable + " and " + clientSecretVariable
		}
		e.text += " (the server did not accept " + accepted + ")"
	}
	return e
}

// eachOf reads all pages of a list, and calls do for each row, until it returns errEnough.
func eachOf[Row any](ctx context.Context, a *apiClient, path string, filter url.Values, do func(Row) error) error {
	query := url.Values{"limit": {"200"}}
	for name, values := range filter {
		if values[0] != "" {
			query[name] = values
		}
	}
	for {
		var page struct {
			Data []Row
			Next string
		}
		if err := a.get(ctx, path+"?"+query.Encode(), &page); err != nil {
			return err
		}
		for _, row := range page.Data {
			if err := do(row); err != nil {
				if errors.Is(err, errEnough) {
					err = nil
				}
				return err
			}
		}
		switch page.Next {
		case "":
			return nil
		case query.Get("cursor"): // the list would have no end
			return errors.New("the server returned the same page of the list twice. Is this a server of Latchkey?")
		}
		query.Set("cursor", page.Next)
	}
}
