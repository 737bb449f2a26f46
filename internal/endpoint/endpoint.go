// Package endpoint describes routes. Each route is described where it is registered, and
// docs/reference/endpoints.md is generated from these descriptions.
package endpoint

// An Endpoint describes a route. Its texts are Markdown.
type Endpoint struct {
	// Methods are the HTTP methods, separated by ", ". HEAD and OPTIONS are not listed.
	Methods string
	Path    string
	Purpose string
	// Authentication is one of the constants below, or the permission that a person needs in
	// the back office.
	Authentication string
	// Standard is the section that defines the endpoint, such as "RFC 7662 §2", or "".
	Standard string
}

// How requests are authenticated.
const (
	None        = "none"
	Application = "application"
	AccessToken = "access token"
	Person      = "login"
	// Proof is a secret in the link that was sent to a person.
	Proof = "link"
)
