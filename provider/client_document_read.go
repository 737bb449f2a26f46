package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// maxDocumentLength is the length of the longest metadata document, in bytes. The
// specification recommends it, so clients keep to it
// (draft-ietf-oauth-client-id-metadata-document §8.7).
const maxDocumentLength = 5 << 10

// fetchDocument fetches and reads the document at a client_id. known is the document
// that was fetched before, or nil. If it has not changed, it is read again, because the
// policy for its host may have changed. The errors are ErrUnavailable, or can be shown.
func (s *Provider) fetchDocument(ctx context.Context, id string, known *oauth.Document) (*oauth.Client, *oauth.Document, error) {
	unusable := func(format string, args ...any) *oauth.Error {
		return oauth.Errorf(oauth.CodeInvalidClient, "The metadata document of the application cannot be used: %s", fmt.Sprintf(format, args...)).WithReason("bad_document")
	}
	document, err := s.Outbound.GetDocument(ctx, id, maxDocumentLength, known)
	switch {
	case errors.Is(err, oauth.ErrUnavailable):
		return nil, nil, err
	case err != nil: // the cause is only logged: it reveals which hosts this server can reach
		return nil, nil, unusable("it could not be fetched from the client_id. The URL must be public, and return the document with the status 200, without a redirect and with at most %d bytes.", maxDocumentLength).WithDetail("%v", err)
	case document.MediaType != "application/json" && !(strings.HasPrefix(document.MediaType, "application/") && strings.HasSuffix(document.MediaType, "+json")):
		return nil, nil, unusable("its Content-Type must be application/json.").WithDetail("it is %q", document.MediaType)
	}
	c, err := s.readDocument(id, document.Body)
	if err == nil {
		err = s.checkDocument(ctx, c)
	}
	if visible, ok := errors.AsType[*oauth.Error](err); ok {
		return nil, nil, unusable("%s", visible.Description).WithDetail("%s", visible.Detail)
	}
	return c, document, err
}

// readDocument reads the metadata document of the client with the id.
func (s *Provider) readDocument(id string, text []byte) (*oauth.Client, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil || members == nil {
		return nil, oauth.Errorf(codeInvalidClientMetadata, "It is not a JSON object.")
	}
	var documentID string
	if json.Unmarshal(members["client_id"], &documentID) != nil || documentID != id {
		return nil, oauth.Errorf(codeInvalidClientMetadata, "The client_id in it is not exactly the client_id of the request.").WithDetail("%.100s", members["client_id"])
	}
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if _, given := members[name]; given {
			return nil, oauth.Errorf(codeInvalidClientMetadata, "It contains a %s. Nobody can keep a secret in a public document.", name)
		}
	}
	c, err := readMetadata(text)
	if err != nil {
		return nil, err
	}
	if c.AuthMethod, err = documentAuthMethod(c.AuthMethod, members["token_endpoint_auth_methods_supported"]); err != nil {
		return nil, err
	}
	if c.AuthMethod == oauth.AuthNone {
		c.AuthAlg = "" // of a method that is not used
	}
	c.Name = cmp.Or(strings.TrimSpace(c.Name), oauth.ClientURLHost(id))
	can := registrableUnder(RegistrationOpen)
	if s.documentPolicy(id) == DocumentsAllow {
		can.responseTypes = oauth.ResponseTypes()
	}
	if err := s.setMetadataDefaults(c, can); err != nil {
		return nil, err
	}
	now := s.now()
	c.ID, c.Unconfirmed, c.CreatedAt, c.UpdatedAt, c.DocumentFetchedAt = id, true, now, now, now
	return c, s.checkMetadata(c)
}

// documentAuthMethods are the ways in which a client with a document can
// authenticate: those without a shared secret
// (draft-ietf-oauth-client-id-metadata-document §4.1).
func documentAuthMethods() []string {
	return []string{oauth.AuthNone, oauth.AuthPrivateKeyJWT}
}

// documentAuthMethod returns the authentication method of a client that supports these
// methods. A client that supports none is a public client, even if it prefers another
// method: anyone can send its client_id without an assertion. Programs choose the method
// by what they support themselves, and not by what this server prefers. An assertion
// that such a client sends is verified (MaySign).
func documentAuthMethod(preferred string, supported json.RawMessage) (string, error) {
	var methods []string
	if len(supported) > 0 && json.Unmarshal(supported, &methods) != nil {
		return "", errMetadataType("token_endpoint_auth_methods_supported")
	}
	if strings.HasPrefix(preferred, "client_secret_") {
		return "", oauth.Errorf(codeInvalidClientMetadata, "token_endpoint_auth_method: a public document cannot contain a shared secret. Choose one of: %s.", strings.Join(documentAuthMethods(), ", "))
	}
	if preferred == "" && len(methods) == 0 {
		return oauth.AuthNone, nil
	}
	methods = append(methods, preferred)
	for _, method := range documentAuthMethods() { // none is the first
		if slices.Contains(methods, method) {
			return method, nil
		}
	}
	return "", oauth.Errorf(codeInvalidClientMetadata, "token_endpoint_auth_method: this server supports only: %s.", strings.Join(documentAuthMethods(), ", "))
}

// checkDocument checks the addresses in the document of a client.
func (s *Provider) checkDocument(ctx context.Context, c *oauth.Client) error {
	faults := CheckOutbound(ctx, s.Outbound, nil, c)
	if len(faults) == 0 {
		return nil
	}
	return oauth.Errorf(codeInvalidClientMetadata, "%s: this server cannot use the address, or the document there does not list the redirect URIs.", faults[0].Field).
		WithDetail("%s", faults[0].Message)
}
