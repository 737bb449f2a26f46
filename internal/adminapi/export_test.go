package adminapi

import (
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/declared"
)

// An Operation has the parts of an operation that tests use.
type Operation struct {
	Method, Path, Act string
	Permission        account.Permission
	Scopes            []string
	Conditional, Body bool
	Query             map[string][]string // the values of each parameter; none means any text
	Unpaged           bool                // the response has all rows, and not a page of them
}

// Operations returns all operations.
func Operations() (all []Operation) {
	for _, op := range (&api{}).all() {
		query := make(map[string][]string)
		for _, p := range op.query {
			query[p.name] = p.values
		}
		_, paged := query["cursor"]
		all = append(all, Operation{op.method, op.path, op.act, op.permission, scopesOf(op.permission), op.conditional, op.in != nil, query, !paged})
	}
	return all
}

// AppliedActs returns the kinds of the events of a file that is applied.
func AppliedActs() (all []string) {
	for _, kind := range declared.Kinds() {
		for _, action := range []declared.Action{declared.Create, declared.Change, declared.Delete} {
			all = append(all, (&declared.Step{Kind: kind, Action: action}).Act())
		}
	}
	return all
}
