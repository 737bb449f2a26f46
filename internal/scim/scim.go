package scim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/internal/endpoint"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Path is the path of SCIM below that of the back office. It is not below that of the admin API,
// so that a proxy can let a directory reach it alone.
const Path = "scim/v2/"

// Options configures SCIM. All fields are required.
type Options struct {
	Prefix string // the path where it is mounted: that of the back office and Path
	URL    string // the URL of Prefix, without the slash at the end
	// API are the options of the admin API, whose tokens and rules apply.
	API adminapi.Options
}

type server struct {
	Options
	door *adminapi.Door
}

// A route is a kind of request.
type route struct {
	method, path string
	adminapi.Entry
	purpose, standard string
	// versioned requests can have If-Match.
	versioned bool
	handle    func(*request) (answer, error)
}

func (s *server) routes() []route {
	read := adminapi.Entry{Permission: account.PeopleRead}
	person := func(act string) adminapi.Entry {
		return adminapi.Entry{Permission: account.PeopleWrite, Act: act, OfPerson: true}
	}
	group := func(act string) adminapi.Entry {
		return adminapi.Entry{Permission: account.PeopleCredentials, Act: act}
	}
	return []route{
		{"GET", "Users", read, "list of people, with a filter", "RFC 7644 §3.4.2", false, s.listUsers},
		{"POST", "Users", adminapi.Entry{Permission: account.PeopleWrite, Act: "users/add"}, "adds a person", "RFC 7644 §3.3", false, s.addUser},
		{"GET", "Users/{id}", read, "a person", "RFC 7644 §3.4.1", false, s.getUser},
		{"PUT", "Users/{id}", person("users/{id}"), "replaces the attributes of a person", "RFC 7644 §3.5.1", true, s.replaceUser},
		{"PATCH", "Users/{id}", person("users/{id}"), "changes attributes of a person", "RFC 7644 §3.5.2", true, s.patchUser},
		{"DELETE", "Users/{id}", person("users/{id}/delete"), "deletes a person, and erases their data", "RFC 7644 §3.6", true, s.deleteUser},
		{"GET", "Groups", read, "list of groups, with a filter", "RFC 7644 §3.4.2", false, s.listGroups},
		{"POST", "Groups", group("groups/add"), "adds a group", "RFC 7644 §3.3", false, s.addGroup},
		{"GET", "Groups/{id}", read, "a group with its members", "RFC 7644 §3.4.1", false, s.getGroup},
		{"PUT", "Groups/{id}", group("groups/{id}/edit"), "replaces the attributes and the members of a group", "RFC 7644 §3.5.1", true, s.replaceGroup},
		{"PATCH", "Groups/{id}", group("groups/{id}/edit"), "changes attributes or members of a group", "RFC 7644 §3.5.2", true, s.patchGroup},
		{"DELETE", "Groups/{id}", group("groups/{id}/delete"), "deletes a group; its members keep their accounts", "RFC 7644 §3.6", true, s.deleteGroup},
	}
}

// documents returns the discovery documents by their paths.
func (s *server) documents() map[string]func(id string) any {
	return map[string]func(string) any{
		"ServiceProviderConfig": s.providerConfig,
		"ResourceTypes":         func(string) any { return listing(s.types(), len(s.types()), 1) },
		"ResourceTypes/{id}":    func(id string) any { return one(s.types(), id) },
		"Schemas":               func(string) any { return listing(s.schemas(), len(s.schemas()), 1) },
		"Schemas/{id}":          func(id string) any { return one(s.schemas(), id) },
	}
}

// New returns a handler that serves SCIM.
func New(o Options) http.Handler {
	s := &server{Options: o}
	s.door = adminapi.NewDoor(o.API, s.refuse)
	mux := http.NewServeMux()
	handle := func(method, path string, h http.Handler) {
		mux.Handle(method+o.Prefix+path, h)
		mux.Handle(method+o.Prefix+path+"/{$}", h)
	}
	methods := make(map[string][]string)
	for path, document := range s.documents() {
		methods[path] = []string{http.MethodGet}
		handle("GET ", path, s.discover(document))
	}
	for _, r := range s.routes() {
		methods[r.path] = append(methods[r.path], r.method)
		handle(r.method+" ", r.path, s.door.Guard(r.Permission, s.serve(r)))
	}
	for path, all := range methods {
		handle("", path, wrongMethod(strings.Join(all, ", ")))
	}
	unsupported := answerWith(&Error{http.StatusNotImplemented, "", "This endpoint is optional in RFC 7644, and is not supported."})
	for _, path := range []string{".search", "Users/.search", "Groups/.search", "Bulk"} {
		handle("POST ", path, unsupported)
	}
	handle("", "Me", unsupported)
	mux.Handle("/", answerWith(notFound("This address is not a SCIM endpoint. The resources are at "+o.URL+"/Users and "+o.URL+"/Groups.")))
	return mux
}

// answerWith returns a handler that reports an error.
func answerWith(e *Error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { writeError(w, e) })
}

func wrongMethod(allowed string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", allowed)
		writeError(w, &Error{http.StatusMethodNotAllowed, "", "This address supports " + allowed + "."})
	})
}

// Endpoints returns all endpoints, with the default path, for the reference.
func Endpoints() (all []endpoint.Endpoint) {
	s := new(server)
	const prefix = "/admin/" + Path
	for _, d := range [][3]string{{"ServiceProviderConfig", "what the server supports", "RFC 7643 §5"}, {"ResourceTypes", "types of resources", "RFC 7643 §6"}, {"Schemas", "attributes of the resources", "RFC 7643 §7"}} {
		all = append(all, endpoint.Endpoint{Methods: "GET", Path: prefix + d[0], Purpose: d[1], Authentication: endpoint.None, Standard: d[2]})
	}
	for _, r := range s.routes() {
		all = append(all, endpoint.Endpoint{Methods: r.method, Path: prefix + r.path, Purpose: r.purpose, Authentication: "`" + string(r.Permission) + "`", Standard: r.standard})
	}
	return all
}

// A request is an HTTP request whose caller has the permission for its route.
type request struct {
	*http.Request
	visit *adminapi.Visit
	query url.Values
}

// Context returns the context for reads and changes.
func (r *request) Context() context.Context { return r.visit.Context() }

// An answer is a response without an error.
type answer struct {
	status   int
	body     any
	version  int64 // that of the ETag, or 0
	location string
}

// serve returns the handler of a route, for requests whose token has a scope for it.
func (s *server) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if fault := recover(); fault != nil {
				if fault == http.ErrAbortHandler { //nolint:errorlint // the value of net/http
					panic(fault)
				}
				s.fail(w, r, fmt.Errorf("panic: %v\n%s", fault, debug.Stack()), false)
			}
		}()
		a, err := s.answer(rt, r)
		if err != nil {
			s.fail(w, r, err, r.Header.Get("If-Match") != "")
			return
		}
		a.write(w, r)
	})
}

func (s *server) answer(rt route, r *http.Request) (a answer, err error) {
	req := &request{Request: r}
	if req.query, err = url.ParseQuery(r.URL.RawQuery); err != nil || !oauth.IsText(r.URL.Path) {
		return a, bad(invalidSyntax, "The address is not valid.")
	}
	for _, values := range req.query {
		if !oauth.IsText(values[0]) {
			return a, bad(invalidSyntax, "The address is not UTF-8, or contains a NUL.")
		}
	}
	for _, name := range []string{"attributes", "excludedAttributes"} {
		if list := req.query.Get(name); len(list) > maxFilter || strings.Count(list, ",") >= maxNames {
			return a, bad(invalidValue, fmt.Sprintf("%s: A list can have at most %d names and %d bytes.", name, maxNames, maxFilter))
		}
	}
	if match := r.Header.Get("If-Match"); match != "" && match != "*" && !rt.versioned {
		return a, bad(invalidSyntax, "This resource has no version. Omit If-Match.")
	}
	if req.visit, err = s.door.Admit(r, rt.Entry); err != nil {
		return a, err
	}
	return rt.handle(req)
}

// write writes the response. If the client already has this version, the body is empty (RFC 7644
// §3.14).
func (a answer) write(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	if a.location != "" {
		header.Set("Location", a.location)
	}
	if a.version > 0 {
		header.Set("ETag", etag(a.version))
		if r.Method == http.MethodGet && names(r.Header.Get("If-None-Match"), a.version) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	writeJSON(w, a.status, a.body)
}

// etag returns the weak ETag of a version.
func etag(version int64) string { return `W/"` + strconv.FormatInt(version, 10) + `"` }

// names reports whether a list of ETags names a version, or is *.
func names(list string, version int64) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == strings.TrimPrefix(etag(version), "W/") {
			return true
		}
	}
	return false
}

// matches returns an error if the request names only other versions of the resource (RFC 7644
// §3.14).
func (r *request) matches(version int64) error {
	if list := r.Header.Get("If-Match"); list != "" && !names(list, version) {
		return errOutdated()
	}
	return nil
}

func errOutdated() error {
	return &Error{http.StatusPreconditionFailed, "", "The resource has changed since you read it. Read it again, and repeat the change with its new version in If-Match."}
}

// named reports whether the request names versions of the resource, other than any.
func (r *request) named() bool {
	list := r.Header.Get("If-Match")
	return list != "" && strings.TrimSpace(list) != "*"
}

// outdated returns the error of a change. If the resource has changed after matches, the request
// does not name its version.
func (r *request) outdated(err error) error {
	if r.named() && errors.Is(err, account.ErrConflict) {
		return errOutdated()
	}
	return err
}

// object returns the body, which is a JSON object.
func (r *request) object() (map[string]any, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != mediaType && kind != "application/json" {
		return nil, &Error{http.StatusUnsupportedMediaType, "", "Send JSON, with Content-Type: " + mediaType + "."}
	}
	text, err := io.ReadAll(r.Body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, bad(invalidSyntax, "The body is incomplete.")
	}
	if err != nil {
		return nil, err
	}
	value, err := adminapi.ParseJSON(text)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, bad(invalidSyntax, "The body is not a JSON object.")
	}
	return object, uniqueNames(object)
}

// uniqueNames returns an error if the names of two members differ only in case: attribute names are
// case-insensitive (RFC 7643 §2.1).
func uniqueNames(value any) error {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			if err := uniqueNames(element); err != nil {
				return err
			}
		}
	case map[string]any:
		seen := make(map[string]bool, len(value))
		for name, of := range value {
			lower := strings.ToLower(name)
			if seen[lower] {
				return bad(invalidSyntax, "The attribute "+short(name)+" is repeated.")
			}
			seen[lower] = true
			if err := uniqueNames(of); err != nil {
				return err
			}
		}
	}
	return nil
}
