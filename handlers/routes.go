package handlers

import (
	"net/http"
	"slices"

	"ngportal/access"
)

// An audience is who may use a route at all. What they may do there is up to their rights.
type audience int

const (
	people   audience = iota // who have signed in with a browser: the one a route has unless it says otherwise
	anybody                  // also who has not signed in
	files                    // anybody; who it is is not even looked at, so that error pages have their looks
	programs                 // with a token, or a browser's session; answers and refusals are JSON
)

// A route is one address of the portal.
type route struct {
	pattern string
	handler handler
	who     audience
	scope   access.Scope // that a token must have, for programs
}

// routes are every address that the portal answers.
func (s *site) routes() []route {
	return slices.Concat(s.publicRoutes(), s.dataRoutes(), s.settingsRoutes(), s.adminRoutes(), s.apiRoutes())
}

// publicRoutes let anybody in. Those that show data show what is public, and send others to sign in.
func (s *site) publicRoutes() []route {
	return []route{
		{"GET /{$}", s.home, anybody, 0},
		{"GET /login", s.login, anybody, 0},
		{"GET /auth/{provider}", s.beginLogin, anybody, 0},
		{"GET /auth/{provider}/callback", s.completeLogin, anybody, 0},
		{"POST /logout", s.logout, anybody, 0},
		{"GET /assets/{file...}", s.asset, files, 0},
		{"GET /browse/{dataset}/{path...}", s.browse, anybody, 0},
		{"GET /tree/{dataset}/{path...}", s.tree, anybody, 0},
		{"GET /asset/{dataset}/{path...}", s.describe, anybody, 0},
		{"GET /preview/{dataset}/{path...}", s.small(s.picture), anybody, 0},
		{"GET /thumbnail/{dataset}/{path...}", s.small(s.thumbnail), anybody, 0},
		{"GET /measure/{dataset}/{path...}", s.small(s.measure), anybody, 0},
		{"POST /open", s.openScene, anybody, 0},
		{"GET /s/{slug}", s.openLink, anybody, 0},
		{"GET /return", s.comeBack, anybody, 0},
		{"GET /", s.notFound, anybody, 0},
	}
}

// dataRoutes are for collecting assets, sharing them, and asking for those that one may not see.
func (s *site) dataRoutes() []route {
	return []route{
		{pattern: "GET /tray", handler: s.tray},
		{pattern: "POST /tray/add", handler: s.trayAdd},
		{pattern: "POST /tray/remove", handler: s.trayRemove},
		{pattern: "POST /tray/move", handler: s.trayMove},
		{pattern: "POST /tray/rename", handler: s.trayRename},
		{pattern: "POST /tray/type", handler: s.trayType},
		{pattern: "POST /tray/clear", handler: s.trayClear},
		{pattern: "GET /tray/preview", handler: s.small(s.trayPreview)},
		{pattern: "POST /tray/show", handler: s.trayShow},
		{pattern: "POST /tray/adjust", handler: s.trayAdjust},
		{pattern: "POST /tray/transform", handler: s.trayTransform},
		{pattern: "POST /tray/view", handler: s.trayView},
		{pattern: "POST /tray/undo", handler: s.trayUndo},
		{pattern: "POST /tray/redo", handler: s.trayRedo},
		{pattern: "POST /tray/import", handler: s.trayImport},
		{pattern: "GET /links", handler: s.links},
		{pattern: "GET /terms/{id}", handler: s.terms},
		{pattern: "POST /terms/{id}/accept", handler: s.acceptTerms},
		{pattern: "GET /request/{dataset}", handler: s.askAccess},
		{pattern: "POST /request/{dataset}", handler: s.requestAccess},
		{pattern: "GET /requests", handler: s.requests},
		{pattern: "POST /requests/{id}/withdraw", handler: s.withdrawRequest},
	}
}

// enforce finds out who it is, lets through only the audience of a route, and makes a page or JSON of what its handler
// answers.
func (s *site) enforce(r route) http.Handler {
	h := r.handler
	switch r.who {
	case people:
		h = s.signedIn(h)
	case programs:
		return s.identify(s.answerProgram(r))
	case anybody:
		h = recognized(h)
	case files:
		return s.answer(h)
	}
	return s.identify(s.answer(h))
}
