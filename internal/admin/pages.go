package admin

import (
	"html/template"
	"io/fs"

	"github.com/seed-e6a88a41/latchkey/internal/rejections"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// PageData returns the type of the data of each page.
func PageData() map[string]any {
	return map[string]any{
		"api_token_list": apiTokenPage{}, "attempt_list": listView{}, "attempt_show": attemptPage{}, "client_delete": clientPage{}, "client_deleted": deletedClientsPage{}, "client_form": clientForm{}, "client_kind": clientKindPage{}, "client_ready": clientReadyPage{}, "review": review{},
		"client_show": clientPage{}, "confirm": ui.Question{}, "definition_delete": definitionDeletePage{}, "definition_form": definitionForm{}, "group_delete": groupDeletePage{}, "group_form": groupForm{}, "group_show": groupPage{}, "index": indexPage{}, "invitation_list": invitationPage{},
		"key_list": keyListPage{}, "key_retire": oauth.SigningKey{}, "message": ui.Problem{}, "posture": posturePage{}, "problem_list": listView{}, "problem_show": problemPage{},
		"provider_delete": providerDeletePage{}, "provider_form": providerForm{}, "provider_list": providerListPage{}, "provider_show": providerPage{}, "provider_trial": trialPage{},
		"registration": registrationPage{},
		"list":         listView{}, "search": searchPage{}, "token_found": foundPage{}, "user_delete": userDeletePage{}, "user_form": userForm{}, "user_ready": userReadyPage{},
	}
}

// ParsePages parses the pages for a back office that is mounted at prefix. It is
// not part of New, so that the faults of all templates can be reported first.
func ParsePages(u *ui.UI, prefix string) (*ui.Pages, error) {
	files, err := fs.Sub(pages, "pages")
	if err != nil {
		return nil, err
	}
	links := office{Options: Options{Prefix: prefix}}
	return u.Pages(ui.Part{Name: "admin", Texts: "admin.", Files: files, Data: PageData(), Funcs: template.FuncMap{
		"path": links.path, "tail": tail, "roleName": roleName, "ticketState": ticketState, "keyState": keyState, "providerStep": providerStep, "column": column, "amount": amount, "important": important, "kbd": kbd,
		"sentence": sentence, "cause": rejections.CauseOf, "outcome": failureOf,
	}})
}
