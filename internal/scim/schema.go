package scim

import "strings"

// The schemas of the resources (RFC 7643 §10.4).
const (
	userSchema  = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group"
	corePrefix  = "urn:ietf:params:scim:schemas:core:2.0:"
	messages    = "urn:ietf:params:scim:api:messages:2.0:"
)

// An attribute describes a member of a resource (RFC 7643 §7).
type attribute struct {
	Name        string      `json:"name"`
	Type        string      `json:"type"`
	MultiValued bool        `json:"multiValued"`
	Description string      `json:"description"`
	Required    bool        `json:"required"`
	CaseExact   bool        `json:"caseExact"`
	Mutability  string      `json:"mutability"`
	Returned    string      `json:"returned"`
	Uniqueness  string      `json:"uniqueness"`
	Members     []attribute `json:"subAttributes,omitempty"`
}

// text declares a string attribute that clients can change.
func text(name, description string) attribute {
	return attribute{Name: name, Type: "string", Description: description, Mutability: "readWrite", Returned: "default", Uniqueness: "none"}
}

func (a attribute) of(kind string) attribute { a.Type = kind; return a }

func (a attribute) unique() attribute { a.Uniqueness = "server"; return a }

func (a attribute) exact() attribute { a.CaseExact = true; return a }

func (a attribute) required() attribute { a.Required = true; return a }

func (a attribute) when(returned string) attribute { a.Returned = returned; return a }

func (a attribute) can(mutability string) attribute { a.Mutability = mutability; return a }

// with declares sub-attributes. If clients cannot change the attribute, they cannot change its
// sub-attributes.
func (a attribute) with(members ...attribute) attribute {
	a.Type = "complex"
	for _, m := range members {
		if a.Mutability == "readOnly" {
			m.Mutability = a.Mutability
		}
		a.Members = append(a.Members, m)
	}
	return a
}

func (a attribute) list() attribute { a.MultiValued = true; return a }

// common are the attributes of every resource (RFC 7643 §3.1).
var common = []string{"schemas", "id", "meta"}

// userAttributes are the attributes of a person.
var userAttributes = []attribute{
	text("userName", "The name with which the person logs in.").required().unique(),
	text("externalId", "The ID of the person in the directory.").exact().unique(),
	text("name", "The parts of the name.").with(
		text("formatted", "The full name. It is the same value as displayName."),
		text("givenName", "The given name."), text("familyName", "The family name."), text("middleName", "The middle name."),
	),
	text("displayName", "The full name, as applications and pages show it."),
	text("nickName", "The nickname."),
	text("profileUrl", "The address of the web page of the person.").of("reference"),
	text("emails", "The email address. Only one is stored: the primary one, otherwise one for work, otherwise the first.").list().with(
		text("value", "The address."), text("type", "Always work."), text("primary", "Always true.").of("boolean"),
	),
	text("phoneNumbers", "The telephone number, which begins with + and the country code. Only one is stored, as for emails.").list().with(
		text("value", "The number."), text("type", "Always work."), text("primary", "Always true.").of("boolean"),
	),
	text("locale", "The language of pages and emails for the person. It is the same value as preferredLanguage."),
	text("preferredLanguage", "The language of pages and emails for the person, such as de or en-GB."),
	text("timezone", "The time zone, such as Europe/Berlin."),
	text("active", "Whether the person can log in. The value false ends all sessions and revokes all tokens.").of("boolean"),
	text("password", "A new password. It cannot be read.").can("writeOnly").when("never").exact(),
	text("groups", "The groups of the person. To change them, change the members of the groups.").can("readOnly").when("request").list().with(
		text("value", "The ID of the group.").exact(), text("display", "The name of the group."), text("$ref", "The address of the group.").of("reference").exact(),
	),
}

// groupAttributes are the attributes of a group.
var groupAttributes = []attribute{
	text("displayName", "The name in the groups claim of the members: letters, digits and . _ - @ + without spaces.").required().unique(),
	text("externalId", "The ID of the group in the directory.").exact().unique(),
	text("members", "The people in the group.").list().with(
		text("value", "The ID of the person.").exact().can("immutable"), text("display", "The username of the person.").can("readOnly"),
		text("$ref", "The address of the person.").of("reference").exact().can("immutable"),
	),
}

// ignored are attributes of RFC 7643 that are accepted, because clients send them, and are not
// stored.
var ignored = map[string]bool{
	"title": true, "usertype": true, "addresses": true, "ims": true, "photos": true, "entitlements": true, "roles": true, "x509certificates": true,
}

// has reports whether a list declares an attribute, or every resource has the attribute.
func has(all []attribute, name string) bool {
	for _, c := range common {
		if c == name {
			return true
		}
	}
	for _, a := range all {
		if strings.EqualFold(a.Name, name) {
			return true
		}
	}
	return false
}
