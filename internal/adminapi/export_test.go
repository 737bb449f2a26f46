package adminapi

import "github.com/seed-e6a88a41/latchkey/account"

// An Operation has the parts of an operation that tests use.
type Operation struct {
	Method, Path, Act string
	Permission        account.Permission
	Scopes            []string
	Conditional, Body bool
}

// Operations returns all operations.
func Operations() (all []Operation) {
	for _, op := range (&api{}).all() {
		all = append(all, Operation{op.method, op.path, op.act, op.permission, scopesOf(op.permission), op.conditional, op.in != nil})
	}
	return all
}
