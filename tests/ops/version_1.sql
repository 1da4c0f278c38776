PRAGMA application_id = 1181503344;
PRAGMA user_version = 1;
CREATE TABLE stream_cursors (
        network TEXT NOT NULL,
        stream TEXT NOT NULL,
        cursor TEXT NOT NULL,
        stored_at INTEGER NOT NULL,
        PRIMARY KEY (network, stream)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE heard_posts (
        sequence INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        post TEXT NOT NULL,
        network TEXT NOT NULL,
        heard_at INTEGER NOT NULL,
        UNIQUE (kind, post)
    ) STRICT;
CREATE INDEX heard_posts_by_age ON heard_posts (heard_at);
CREATE TABLE token_states (
        network TEXT PRIMARY KEY,
        renewed_at INTEGER,
        signed_out_at INTEGER,
        signed_out TEXT
    ) STRICT, WITHOUT ROWID;
CREATE TABLE spending (
        network TEXT NOT NULL,
        day INTEGER NOT NULL,
        expense TEXT NOT NULL,
        count INTEGER NOT NULL,
        micros INTEGER NOT NULL,
        PRIMARY KEY (network, day, expense)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE suppressions (
        address BLOB PRIMARY KEY,
        reason TEXT NOT NULL,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE salts (
        purpose TEXT PRIMARY KEY,
        salt BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
CREATE TABLE network_states (
        network TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        since INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO stream_cursors VALUES ('shop-x', 'mentions', '1811', 1760000000000);
INSERT INTO heard_posts VALUES (7, 'x', '1811', 'shop-x', 1760000000000);
INSERT INTO token_states VALUES ('shop-x', 1760000000000, NULL, NULL);
INSERT INTO token_states VALUES ('shop-bsky', 1760000000000, 1760000060000, 'the app password was revoked');
INSERT INTO spending VALUES ('shop-x', 20370, 'sent', 12, 120000);
INSERT INTO salts VALUES ('suppressions', x'0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO suppressions VALUES (x'a2bd9ce5020bbae6a96ad27ae6a097d47418dc1cb5f7e50c3f274f81dafb23e1', 'bounced', 1760000000000);
INSERT INTO network_states VALUES ('shop-x', 'paused', 1760000000000);
