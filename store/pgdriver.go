package store

import (
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// openPostgres makes connections when they are needed. Those that have not been used for a second are tried first.
func openPostgres(cfg pgx.ConnConfig) *sql.DB { return stdlib.OpenDB(cfg) }
