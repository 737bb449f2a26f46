package latchkey_test

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
)

// TestDocumentationOfAnAliasListsItsFields: go doc shows neither the fields nor the comments
// of a type in an internal package.
func TestDocumentationOfAnAliasListsItsFields(t *testing.T) {
	source, err := os.ReadFile("options.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]reflect.Type{"Mail": reflect.TypeFor[latchkey.Mail](), "LoginProvider": reflect.TypeFor[latchkey.LoginProvider]()} {
		_, comment, _ := strings.Cut(string(source), "\t// A "+name+" is")
		comment, _, found := strings.Cut(comment, "\t"+name+" = ")
		if !found {
			t.Fatalf("the comment of %s was not found", name)
		}
		for field := range of.Fields() {
			if !regexp.MustCompile(`//\t(.*\s)?` + field.Name + `[,\s]`).MatchString(comment) {
				t.Errorf("the comment of %s does not list the field %s", name, field.Name)
			}
		}
	}
}
