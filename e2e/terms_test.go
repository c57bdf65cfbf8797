package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestTerms puts terms before a dataset. Ben is led through them into the picture and a program of his is told where to
// accept them; with a new version he is asked again, and what he has open ends within a lifetime.
func TestTerms(t *testing.T) {
	t.Parallel()
	d := deployWith(t, func(d *deployment) { d.lifetime = shortest.String() }, dataset{evenFolder, []string{addressOf("Ben")}, false})
	ada, ben := d.person(t, "Ada"), d.person(t, "Ben")
	program := d.program("Ben")
	link := ada.linkOf(d, evenFolder)
	ada.publishes(d, "Data use agreement", "# Rules\n\n- **cite** us")
	ada.open(d.portal + fmt.Sprintf("/admin/datasets/%d", d.ada().datasetID(evenFolder)))
	ada.fill("Terms", "Data use agreement")
	ada.follow("Save")
	if said := ada.text("main .facts"); !strings.Contains(said, "Data use agreement") {
		t.Errorf("the dataset's facts are %q", said)
	}

	program.needsTerms(1)
	ben.open(link)
	if got := ben.heading(); got != "Data use agreement" || !ben.try("() => document.querySelector('.prose strong').innerText === 'cite'") {
		t.Errorf("Ben is led to %q, want the terms", got)
	}
	ben.shot("terms")
	ben.fill("I have read and accept version 1 of these terms", "yes")
	ben.follow("Accept and go on")
	ben.waitViewer(1)
	ben.plain()
	ben.slab(0)
	ben.reload()
	ben.isEven("accepted")
	if status, answer := program.ask(http.MethodGet, "datasets/"+evenFolder+"/list", nil); status != http.StatusOK {
		t.Errorf("once Ben has accepted, his program is answered %d: %s", status, answer)
	}

	ada.open(d.portal + "/admin/terms")
	ada.follow("Data use agreement")
	ada.fill("Text", "# Rules\n\n- cite us **twice**")
	ada.follow("Preview")
	ada.fill("Yes, everybody must accept it anew", "yes")
	ada.follow("Publish")
	since := time.Now()
	ben.fades(since)
	program.needsTerms(2)
	ben.comeBack("accepted-anew", func() {
		if got := ben.heading(); got != "Data use agreement" {
			t.Errorf("Ben is led to %q, want the terms", got)
		}
		ben.fill("I have read and accept version 2 of these terms", "yes")
		ben.follow("Accept and go on")
	})
	ben.open(d.portal + "/settings/terms")
	if all := ben.rows(); len(all) != 2 || !strings.HasPrefix(all[0], "Data use agreement | 2 | ") || !strings.HasPrefix(all[1], "Data use agreement | 1 | ") {
		t.Errorf("Ben has accepted %q", all)
	}
	ada.quiet()
}

// publishes publishes terms, after a look at how they will be shown.
func (b *tab) publishes(d *deployment, name, text string) {
	b.t.Helper()
	b.open(d.portal + "/admin/terms")
	b.fill("Name", name)
	b.fill("Text", text)
	b.follow("Preview")
	b.shot("preview")
	b.fill("Yes, publish these terms", "yes")
	b.follow("Publish")
	if got := b.heading(); got != name {
		b.t.Errorf("after publishing Ada is at %q", got)
	}
}

// needsTerms insists that the program is told which terms to accept, and where.
func (p *program) needsTerms(version int) {
	p.t.Helper()
	status, answer := p.ask(http.MethodGet, "datasets/"+evenFolder+"/list", nil)
	var said struct {
		Error struct {
			Code, Message string
			Version       int
			PageURL       string `json:"accept_url"`
		}
	}
	if err := json.Unmarshal([]byte(answer), &said); err != nil {
		p.t.Fatal(err)
	}
	if status != http.StatusForbidden || said.Error.Code != "terms_required" || said.Error.Version != version ||
		!strings.HasPrefix(said.Error.PageURL, p.portal+"/terms/") {
		p.t.Errorf("the program is answered %d: %s", status, answer)
	}
}
