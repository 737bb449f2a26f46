package latchkey

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// People is the login of a host program. It replaces Latchkey's own accounts and its
// login page: Latchkey asks the host who is logged in, and sends people to the host
// to log in. Everything else works as with Latchkey's own accounts, such as the back
// office for administrators, the consent page, devices, and the page of connected
// applications at /account/ of the issuer.
//
// A People can also implement PeopleLogOut and PeopleLookup. Let the compiler check that it
// does:
//
//	var (
//		_ latchkey.PeopleLogOut = (*users)(nil)
//		_ latchkey.PeopleLookup = (*users)(nil)
//	)
//
// New and Check report a method LogOut or Lookup that has another signature. Calls are
// concurrent.
//
// If the host keeps its sessions with a middleware, wrap the handlers of the Server
// with it, too.
type People interface {
	// Current returns the person who is logged in with the browser that sent the request,
	// or nil if nobody is logged in. Latchkey calls it once or twice for each request for
	// a page, and never at the token, introspection and userinfo endpoints.
	//
	// An error means that the login could not be checked, for example because the
	// database of the host is unavailable. The response is then 503, and nobody is
	// sent to the login page. A Person that is not valid (see Person) is a mistake of the
	// host: the response is 500, and the reason is logged.
	Current(r *http.Request) (*Person, error)

	// LogIn answers a GET request with a redirect to the login page of the host, or
	// with that page. When the person has logged in, the host redirects them to
	// why.Next. It can also do that if the person gives up. They then see a page that
	// explains what is missing, and are not sent to the login page again automatically.
	//
	// LogIn is also called for people who are logged in, if why.Reason is not empty.
	// Then the login page must not send them back at once.
	LogIn(w http.ResponseWriter, r *http.Request, why Interaction)
}

// PeopleLogOut is a People that can log people out. Applications can then send people
// to /logout/ of the issuer (OpenID Connect RP-Initiated Logout 1.0), pages have a
// button "Log out", and applications can watch the login session (OpenID Connect
// Session Management 1.0). Link to /logout/ in your own pages if applications with a
// frontchannel_logout_uri are to be notified.
type PeopleLogOut interface {
	People
	// LogOut ends the login session of the browser that sent the request: it deletes
	// the session and its cookie. It must write nothing but headers. Latchkey has
	// asked the person, and shows a page or redirects afterwards. It also calls
	// EndSessions. If LogOut returns an error, the response is 503, and the person can
	// try again.
	LogOut(w http.ResponseWriter, r *http.Request) error
}

// PeopleLookup is a People that can report whether a person still exists, and their name.
// Without it, a host that blocks a person must end their sessions, so that Current does not
// return them, and call Server.RevokeSubject.
type PeopleLookup interface {
	People
	// Lookup reports whether the person exists and can log in. All pages, including the
	// consent page and the back office, treat other people as not logged in, even if Current
	// returns them: they can only log out. They are sent to LogIn with ReasonOtherPerson.
	// Their tokens do not work at the token, introspection and userinfo endpoints, nor at
	// APIs behind Server.Require. They work again if Lookup reports true later; to
	// revoke them for good, call Server.RevokeSubject. JWTs that an API verifies by itself
	// are valid until they expire.
	//
	// Each process calls Lookup at most once per second and person, and waits for at
	// most five seconds. If Lookup returns an error, the response is 503, and no token is
	// used up.
	//
	// The name is the username in introspection responses, if the caller may know the
	// profile of the person. The back office shows it, even if the person is not active.
	// If it is empty, has more than 255 characters or is not text, there is no username,
	// and the back office shows the subject.
	Lookup(ctx context.Context, subject string) (name string, active bool, err error)
}

// A Person is logged in at a host.
type Person struct {
	// Authentication describes the login. Its Subject is required: it is the sub in
	// tokens, has at most 255 printable ASCII characters (OpenID Connect Core §2), and
	// always stays the same. Do not use a name or an email address that can change or
	// pass to another person.
	//
	// SessionID identifies the login session, so that a logout revokes the tokens that
	// belong to it. It may be the secret of the session cookie, because Latchkey stores and
	// uses only a keyed hash of it. It must change with each login. If it is empty,
	// applications are not notified of a logout.
	//
	// AuthTime is when the person last entered a password or proved their identity in
	// another way. Whole seconds are enough. If it is zero, it is not known, and a
	// request for a recent login (max_age, prompt=login) cannot be met. The pages of the back
	// office that need a login of the last five minutes, such as the one that adds an
	// application, cannot be used either. It must not be in the future.
	//
	// ACR and AMR may be empty. List the ACRs that a login can have in
	// Options.ACRValues.
	oauth.Authentication
	// Name is shown to the person themselves, on pages. If it is empty, the Subject is
	// shown.
	Name string
	// Roles contains the roles in the back office, such as account.RoleOperator. A role that
	// does not exist makes the Person invalid.
	Roles account.Roles
	// Admin is short for the role account.RoleAdministrator.
	Admin bool
}

// roles returns the roles of the person.
func (p *Person) roles() account.Roles {
	if p.Admin && !p.Roles.Has(account.RoleAdministrator) {
		return append(account.Roles{account.RoleAdministrator}, p.Roles...)
	}
	return p.Roles
}

// Interaction is why a person is sent to the login page.
type Interaction struct {
	// Next is where the person continues after the login: a path with a query, such
	// as "/o/authorize/?resume=…". It is at most 8000 characters long.
	Next string
	// Reason is ReasonNone if nobody is logged in. Otherwise the login page must not send
	// the person back at once.
	Reason Reason

	// The other fields are from the authorization request of an application. They are
	// zero if no application has sent the person here.

	// MaxAge is the age of the oldest login that the application accepts, or nil.
	MaxAge *time.Duration
	// LoginHint is the username or email address with which the person might log in.
	// The application chose it, so it can be wrong.
	LoginHint string
	// UILocales are the languages that the person prefers, most preferred first.
	UILocales []string
	// ACRValues are the authentication context classes that the application wants,
	// most preferred first. With ReasonACR, the login has none of them.
	ACRValues []string
	// Client is the application, and Scope is what it asks for.
	Client *oauth.Client
	Scope  oauth.Scopes
}

// Reason is why a person has to log in.
type Reason = provider.LoginReason

// The reasons why a person has to log in. They are values of Reason.
const (
	// ReasonNone: nobody is logged in.
	ReasonNone = provider.LoginNobody
	// ReasonFresh: the person has to log in again, because the application wants a
	// new login (prompt=login), or one that is not older than MaxAge. Afterwards,
	// Current has to return a later AuthTime.
	ReasonFresh = provider.LoginFresh
	// ReasonOtherPerson: the application expects another person, the person wants to use another
	// account, or PeopleLookup reports that the person who is logged in is not active.
	ReasonOtherPerson = provider.LoginOtherPerson
	// ReasonACR: the login needs one of Interaction.ACRValues, for example a second factor.
	// It occurs once in a request, and only for values of Options.ACRValues. If the person
	// returns without one, a request with acr_values continues with the ACR that the login
	// has, and one that requires the claim acr fails.
	ReasonACR = provider.LoginACR
	// ReasonCreate: the person wants to create an account (prompt=create), and is then
	// logged in. It occurs only if Options.SignUp is set.
	ReasonCreate = provider.LoginCreate
)

// optionalPeople are the interfaces that a People can also implement, with the name of the
// method that each adds.
var optionalPeople = []struct {
	method string
	of     reflect.Type
}{
	{"LogOut", reflect.TypeFor[PeopleLogOut]()},
	{"Lookup", reflect.TypeFor[PeopleLookup]()},
}

// peopleFaults returns what is wrong with the People. A method that is almost that of an
// optional interface would have no effect: blocked people could still use their tokens.
func peopleFaults(people People) (faults []error) {
	if people == nil {
		return nil
	}
	if isNilPointer(people) {
		return []error{settings.Faultf("People", " is a nil pointer of the type %T", people)}
	}
	has := reflect.TypeOf(people)
	for _, optional := range optionalPeople {
		want, _ := optional.of.MethodByName(optional.method)
		method, found := has.MethodByName(optional.method)
		_, ofPointer := reflect.PointerTo(has).MethodByName(optional.method)
		switch {
		case has.Implements(optional.of):
		case found:
			faults = append(faults, settings.Faultf("People", ": the method %s of %s is %s, so it would not be called. latchkey.%s needs %s. Change it, or give it another name",
				optional.method, has, withoutReceiver(method.Type), optional.of.Name(), want.Type))
		case ofPointer && has.Kind() != reflect.Pointer:
			faults = append(faults, settings.Faultf("People", ": the method %s has a pointer receiver, so it would not be called. Set People to a pointer, *%s", optional.method, has))
		default:
			faults = append(faults, misspelt(has, optional.method, want.Type)...)
		}
	}
	return faults
}

// misspelt returns a fault for a method that has the signature of the wanted one, and its
// name in other upper and lower case, such as Logout.
func misspelt(has reflect.Type, name string, want reflect.Type) (faults []error) {
	for i := range has.NumMethod() {
		if method := has.Method(i); strings.EqualFold(method.Name, name) && withoutReceiver(method.Type) == want {
			faults = append(faults, settings.Faultf("People", ": the method %s of %s would not be called. Name it %s", method.Name, has, name))
		}
	}
	return faults
}

// withoutReceiver returns the type of a method as an interface has it.
func withoutReceiver(method reflect.Type) reflect.Type {
	var in, out []reflect.Type
	for i := 1; i < method.NumIn(); i++ {
		in = append(in, method.In(i))
	}
	for i := range method.NumOut() {
		out = append(out, method.Out(i))
	}
	return reflect.FuncOf(in, out, method.IsVariadic())
}

// isNilPointer reports whether a value is a nil pointer in an interface.
func isNilPointer(v any) bool {
	value := reflect.ValueOf(v)
	return value.Kind() == reflect.Pointer && value.IsNil()
}
