package adminapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// A declaration is a request to compare a file with what is stored, or to apply it.
type declaration struct {
	File      string                       `json:"file" required:"yes" doc:"The file, as YAML or JSON, with at most 4 MiB. It contains no secrets."`
	Secrets   map[string]map[string]string `json:"secrets,omitempty" doc:"The secrets to which the file refers: an object with the members secret_file and secret_env, each with an object that has the secret for each name. The server reads no file and no variable of its own."`
	Prune     bool                         `json:"prune,omitempty" doc:"Objects that are not in the file are deleted, if the file has a list of their kind."`
	DryRun    bool                         `json:"dry_run,omitempty" doc:"The file is only compared."`
	Plan      string                       `json:"plan,omitempty" doc:"The plan of the dry run. Nothing is changed if the difference is not the same any more. It is required unless dry_run is true."`
	Confirmed bool                         `json:"confirmed,omitempty" doc:"A person has checked the steps that have the member confirm. Without it, such steps are rejected."`
}

// A difference is what differs between a file and what is stored.
type difference struct {
	Plan     string              `json:"plan" doc:"Identifies the difference, for the request that applies it."`
	Steps    []plannedStep       `json:"steps" doc:"The changes, in their order."`
	Kept     map[string][]string `json:"kept,omitempty" doc:"The names of objects that are not in the file and are kept, by their kinds."`
	Warnings []string            `json:"warnings,omitempty" doc:"Objects of the file that are stored and have no effect."`
	Applied  int                 `json:"applied" doc:"How many of the changes were made: all of them, or none in a dry run."`
}

// A plannedStep is a change of one object.
type plannedStep struct {
	Action  declared.Action `json:"action" enum:"create,change,delete" doc:"What happens to the object."`
	Kind    string          `json:"kind" doc:"The list of the file to which the object belongs."`
	Name    string          `json:"name" doc:"The name of the object in the file."`
	Changes []oauth.Change  `json:"changes,omitempty" doc:"The values that change, without secrets."`
	Person  *plannedPerson  `json:"person,omitempty" doc:"The account whose roles change."`
	UsedBy  []string        `json:"used_by,omitempty" doc:"Applications that list a scope or a resource that is deleted, at most 100."`
	Members *plannedMembers `json:"members,omitempty" doc:"The members of a group that gains a role, or is deleted."`
	Confirm declared.Reason `json:"confirm,omitempty" enum:"person,members,loss,use" doc:"Why a person must check the change: a role is added to a person who is named only by username, or to a group with members; a group with members is deleted; or a scope or a resource is deleted that applications list."`
}

// A plannedPerson is an account whose roles change.
type plannedPerson struct {
	ID            string    `json:"id" doc:"The sub of the person in tokens."`
	Email         string    `json:"email,omitempty" doc:"The email address."`
	EmailVerified bool      `json:"email_verified" doc:"The person has confirmed the address."`
	CreatedAt     time.Time `json:"created_at" doc:"When the account was created."`
	ByUsername    bool      `json:"by_username,omitempty" doc:"The file names the person by the username only."`
}

// plannedMembers are the members of a group.
type plannedMembers struct {
	Number int      `json:"number" doc:"How many there are."`
	More   bool     `json:"more,omitempty" doc:"There are more members than number."`
	Names  []string `json:"names,omitempty" doc:"The first usernames, if the group gains a role."`
}

// A declaredFile is a file that declares what is stored.
type declaredFile struct {
	File string `json:"file" doc:"The file, as YAML. It contains no secrets."`
}

const (
	// maxDeclaration bounds a request with a file, in bytes: JSON can double its length, and the
	// secrets are added.
	maxDeclaration = 3 * declared.MaxBytes
	// applyTakes is the maximum time until the response is sent.
	applyTakes = 10 * time.Minute
)

func (a *api) declaration() []operation {
	const tag = "files"
	apply := changes(tag, http.MethodPost, "apply", account.OverviewRead, "apply", "compares a file with what is stored, and applies it", a.apply).
		says("The file is that of `latchkey apply`. All permissions are checked before the first change. Then the objects are changed one by one. If one has changed since it was compared, the response is 409, and the changes before it remain: send the request again, with a new dry run.")
	apply.largest = maxDeclaration
	apply.others = "The comparison also needs " + readPermissions() + ". Changes also need " + writePermissions() + "."
	return []operation{
		apply,
		reads(tag, "export", account.SettingsRead, "the file that declares what is stored", a.export).
			alsoNeeds("The request also needs " + readPermissions() + "."),
	}
}

// readPermissions lists the permissions to read the kinds of a file.
func readPermissions() string {
	return permissionsOf(func(kind string) []account.Permission { return []account.Permission{declared.ReadPermission(kind)} })
}

// writePermissions lists the permissions to change the kinds of a file. Those for an application depend
// on the values that change.
func writePermissions() string {
	return permissionsOf(func(kind string) []account.Permission {
		if kind == declared.Applications {
			return nil
		}
		return (&declared.Step{Kind: kind}).Permissions(nil)
	}) + ", and for applications those of the operations that add, change or delete one, and `" + string(account.ApplicationsSecrets) + "` to set a secret"
}

// permissionsOf lists permissions, each with the kinds of a file that need it.
func permissionsOf(of func(kind string) []account.Permission) string {
	kinds := make(map[account.Permission][]string)
	for _, kind := range declared.Kinds() {
		for _, p := range of(kind) {
			kinds[p] = append(kinds[p], strings.ReplaceAll(kind, "_", " "))
		}
	}
	var all []string
	for _, p := range account.Permissions() {
		if len(kinds[p]) > 0 {
			all = append(all, "`"+string(p)+"` for "+strings.Join(kinds[p], " and "))
		}
	}
	return strings.Join(all, ", ")
}

// declaredTarget returns what the request compares and changes. Applications are validated with the scopes
// and resources of the plan.
func (c *call) declaredTarget() *declared.Target {
	a := c.api
	checks := *a.Acts
	var (
		validateAmong func(*oauth.Client) validate.FieldErrors
		isResource    func(string) bool
	)
	checks.Validate = func(client *oauth.Client) validate.FieldErrors { return validateAmong(client) }
	checks.IsResource = func(uri string) bool { return isResource(uri) }
	return &declared.Target{
		Store: a.Store, Acts: &checks, Accounts: a.Accounts, Providers: a.Providers, Clock: a.Clock,
		Define: func(ctx context.Context, rows []oauth.Definition) error {
			joined, err := checks.Join(ctx, rows)
			if err == nil {
				validateAmong, isResource = a.Among(joined)
			}
			return err
		},
		MayCompare: c.mayCompare(),
		Changed:    func(s *declared.Step, target string, d *oauth.EventDetails) { c.reportAs(s.Act(), target, *d) },
	}
}

// mayCompare returns the check of the permission to compare a secret, which is that to set it. A caller who
// cannot set it could try secrets with dry runs. After an object that is not allowed, it always returns
// the same error, because there is one response and one event.
func (c *call) mayCompare() func(kind string, stored *oauth.Client) error {
	var denied error
	return func(kind string, stored *oauth.Client) error {
		for _, p := range declared.SecretPermissions(kind, stored) {
			if denied != nil {
				break
			}
			denied = ofKind(kind+" with a secret", c.need(p))
		}
		return denied
	}
}

func (a *api) apply(c *call, d declaration) (difference, error) {
	c.reported = true // each step is reported
	if !a.declaring.TryLock() {
		return difference{}, &Problem{Type: "throttled", Title: "Too many requests", Status: http.StatusTooManyRequests, Detail: "The server compares or applies another file. Try again later."}
	}
	defer a.declaring.Unlock()
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(applyTakes)) // if it is not supported, the changes are made nevertheless
	file, err := c.parseFile(d)
	if err != nil {
		return difference{}, err
	}
	target := c.declaredTarget()
	plan, err := target.Plan(c.Context(), file, d.Prune)
	if wrong, ok := errors.AsType[declared.Mistakes](err); ok {
		return difference{}, fileProblem(wrong)
	}
	if err != nil {
		return difference{}, unplanned(err)
	}
	found, err := showPlan(plan)
	if err != nil || d.DryRun {
		return found, err
	}
	if err := c.admitPlan(plan, found, d); err != nil {
		return difference{}, err
	}
	found.Applied, err = target.Apply(c.Context(), plan)
	if err != nil {
		return difference{}, partly(err, found.Applied, len(plan.Steps))
	}
	return found, nil
}

// parseFile reads the file of a request. The caller must have the permissions to read the kinds that
// it has.
func (c *call) parseFile(d declaration) (*declared.File, error) {
	file, err := declared.ParseAdmitted([]byte(d.File), declared.Secrets(d.Secrets).Read, func(kind string) error {
		if err := c.need(declared.ReadPermission(kind)); err != nil {
			return ofKind(kind, err)
		}
		if !c.api.OwnLogin && slices.Contains(declared.OfOwnPeople(), kind) {
			return fault("file", "The people are those of the host program, so a file cannot have the list "+kind+".")
		}
		return nil
	})
	if err != nil {
		return nil, fileProblem(err)
	}
	return file, nil
}

// admitPlan returns a problem unless the caller may make all changes of a plan, and has seen it.
func (c *call) admitPlan(plan *declared.Plan, found difference, d declaration) error {
	for i := range plan.Steps {
		if err := c.admitStep(&plan.Steps[i]); err != nil {
			return err
		}
	}
	switch {
	case d.Plan == "":
		return fault("plan", "Send a request with dry_run first, and then the plan of its response.")
	case d.Plan != found.Plan:
		return conflict("The difference is not the same as in the dry run: what is stored has changed since, or the request differs. Nothing was changed. Repeat the dry run.")
	case !d.Confirmed && len(plan.Unconfirmed()) > 0:
		return fault("confirmed", "A person must check the steps that have the member confirm. Nothing was changed. Send confirmed with the value true after that.")
	}
	return nil
}

// admitStep returns a problem unless the caller may make a change.
func (c *call) admitStep(s *declared.Step) error {
	for _, p := range s.Permissions(c.api.Acts) {
		if err := c.need(p); err != nil {
			return ofKind(s.Kind+": "+s.Name, err)
		}
	}
	if s.Person != nil && s.Person.ID == c.caller.id {
		return errSelf
	}
	if g := s.Loses(); g != nil {
		return c.notOwn(g)
	}
	return nil
}

// ofKind adds the part of the file to a problem about it.
func ofKind(of string, err error) error {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		return err
	}
	shown := *p
	shown.Detail = of + ": " + p.Detail
	return &shown
}

// mostFaults is how many mistakes in a file are reported.
const mostFaults = 100

// fileProblem describes the mistakes in a file, with their lines. A problem among them, such as a missing
// permission, is described alone.
func fileProblem(err error) error {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	var faults []FieldError
	for text := range strings.SplitSeq(oauth.Redacted(err.Error()), "\n") {
		if len(faults) == mostFaults {
			faults = append(faults, FieldError{"file", "There are more mistakes. Correct these first."})
			break
		}
		faults = append(faults, FieldError{"file", text})
	}
	return invalid(faults...)
}

// unplanned describes an error that is not about the file. Nothing was changed.
func unplanned(err error) error {
	p := *problemOf(err, false)
	if p.Status < http.StatusInternalServerError {
		return &p
	}
	p.Detail = strings.TrimSuffix(p.Detail, notKnown) + " Nothing was changed."
	return fmt.Errorf("%w: %w", &p, err) // the log has the reason
}

// partly describes an error after some changes were made.
func partly(err error, applied, all int) error {
	if errors.Is(err, declared.ErrChanged) {
		err = conflict(sentence(err.Error()))
	}
	p := *problemOf(providerProblem(definitionProblem(err)), false)
	if p.Status >= http.StatusInternalServerError {
		p.Detail = fmt.Sprintf("%s %d of %d changes were made. It is not known whether the next one was made. Repeat the dry run.", strings.TrimSuffix(p.Detail, notKnown), applied, all)
		return fmt.Errorf("%w: %w", &p, err) // the log has the reason
	}
	p.Detail = strings.TrimSpace(fmt.Sprintf("%s %d of %d changes were made. Repeat the dry run.", p.Detail, applied, all))
	return &p
}

// showPlan returns the response with a plan.
func showPlan(p *declared.Plan) (difference, error) {
	text, err := json.Marshal(p.Steps)
	if err != nil {
		return difference{}, err
	}
	sum := sha256.Sum256(text)
	found := difference{Plan: hex.EncodeToString(sum[:]), Steps: []plannedStep{}, Kept: p.Kept, Warnings: p.Warnings}
	for _, s := range p.Steps {
		shown := plannedStep{Action: s.Action, Kind: s.Kind, Name: s.Name, Changes: s.Changes, UsedBy: s.UsedBy, Confirm: s.Confirm}
		if a := s.Person; a != nil {
			shown.Person = &plannedPerson{a.ID, a.Email, a.EmailVerified, a.CreatedAt, a.ByUsername}
		}
		if m := s.Members; m != nil {
			shown.Members = &plannedMembers{m.Number, m.More, m.Names}
		}
		found.Steps = append(found.Steps, shown)
	}
	return found, nil
}

func (a *api) export(c *call) (declaredFile, error) {
	for _, kind := range declared.Kinds() {
		if err := c.need(declared.ReadPermission(kind)); err != nil {
			return declaredFile{}, ofKind(kind, err)
		}
	}
	var file strings.Builder
	err := c.declaredTarget().Export(c.Context(), &file)
	return declaredFile{file.String()}, err
}
