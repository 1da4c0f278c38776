-- The units lie in shards, so that claims which are decided at the same time do not wait for each other's commit.
CREATE TABLE offer (
    id int PRIMARY KEY,
    opens timestamptz NOT NULL,
    closes timestamptz NOT NULL,
    hold interval NOT NULL
);
CREATE TABLE stock (
    offer int NOT NULL REFERENCES offer,
    shard int NOT NULL,
    units int NOT NULL CHECK (units >= 0),
    PRIMARY KEY (offer, shard)
) WITH (fillfactor = 10);
CREATE TABLE holds (
    offer int NOT NULL,
    account bigint NOT NULL,
    expires timestamptz NOT NULL,
    sold boolean NOT NULL DEFAULT false,
    PRIMARY KEY (offer, account)
);
CREATE INDEX holds_by_expiry ON holds (offer, expires) WHERE NOT sold;

-- Takes up to `wanted` units from the stock, or from holds that are over; how many it got.
CREATE FUNCTION take(the_offer int, wanted int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    got int := 0;
    one record;
BEGIN
    -- The usual way: a shard that nobody else has hold of has enough. One that turns out to have less by the time
    -- it is locked stays locked, unless that is undone: then waiting for others could be a deadlock.
    BEGIN
        SELECT shard INTO STRICT one FROM stock WHERE offer = the_offer AND units >= wanted
            LIMIT 1 FOR UPDATE SKIP LOCKED;
        UPDATE stock SET units = units - wanted WHERE offer = the_offer AND shard = one.shard;
        RETURN wanted;
    EXCEPTION WHEN no_data_found THEN
        NULL;
    END;
    -- What is left may be spread, or in others' hands: wait for all shards, always in this order.
    FOR one IN SELECT shard, units FROM stock WHERE offer = the_offer ORDER BY shard FOR UPDATE LOOP
        EXIT WHEN got = wanted;
        CONTINUE WHEN one.units = 0;
        UPDATE stock SET units = units - least(one.units, wanted - got)
            WHERE offer = the_offer AND shard = one.shard;
        got := got + least(one.units, wanted - got);
    END LOOP;
    IF got < wanted THEN
        WITH over AS (
            SELECT account FROM holds WHERE offer = the_offer AND NOT sold AND expires <= now()
            ORDER BY expires LIMIT wanted - got FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM holds USING over
            WHERE holds.offer = the_offer AND holds.account = over.account RETURNING 1
        )
        SELECT got + count(*) INTO got FROM gone;
    END IF;
    RETURN got;
END $$;

-- Whether a unit might be had: in the stock, or from a hold that is over. Locks nothing.
CREATE FUNCTION may_have(the_offer int) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM stock WHERE offer = the_offer AND units > 0)
        OR EXISTS (SELECT FROM holds WHERE offer = the_offer AND NOT sold AND expires <= now())
$$;

-- One claim: + reserved, = held already, - sold out, 0 not open.
CREATE FUNCTION claim(the_offer int, the_account bigint) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
    fresh boolean;
BEGIN
    SELECT now() + hold INTO until FROM offer WHERE id = the_offer AND now() >= opens AND now() < closes;
    IF NOT FOUND THEN RETURN '0'; END IF;
    IF NOT may_have(the_offer) THEN
        IF EXISTS (SELECT FROM holds WHERE offer = the_offer AND account = the_account) THEN RETURN '='; END IF;
        RETURN '-';
    END IF;
    -- A hold of the account's own that is over is begun anew: its unit never went back.
    INSERT INTO holds AS h (offer, account, expires) VALUES (the_offer, the_account, until)
        ON CONFLICT (offer, account) DO UPDATE SET expires = until WHERE NOT h.sold AND h.expires <= now()
        RETURNING xmax = 0 INTO fresh;
    IF NOT FOUND THEN RETURN '='; END IF;
    IF fresh AND take(the_offer, 1) = 0 THEN
        DELETE FROM holds WHERE offer = the_offer AND account = the_account;
        RETURN '-';
    END IF;
    RETURN '+';
END $$;

-- One confirmation: ! sold, ? nothing held any more.
CREATE FUNCTION confirm(the_offer int, the_account bigint) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE holds SET sold = true
        WHERE offer = the_offer AND account = the_account AND NOT sold AND expires > now();
    RETURN CASE WHEN FOUND THEN '!' ELSE '?' END;
END $$;

-- Many claims in one transaction; a character for each, as for one.
CREATE FUNCTION claim_batch(the_offer int, accounts bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    until timestamptz;
    fresh bigint[];
    anew bigint[];
    short int;
BEGIN
    SELECT now() + hold INTO until FROM offer WHERE id = the_offer AND now() >= opens AND now() < closes;
    IF NOT FOUND THEN RETURN repeat('0', cardinality(accounts)); END IF;
    IF may_have(the_offer) THEN
        -- In the order of accounts, so that two batches never wait for each other.
        WITH asked AS (SELECT DISTINCT account FROM unnest(accounts) AS account ORDER BY account),
        held AS (
            INSERT INTO holds AS h (offer, account, expires) SELECT the_offer, account, until FROM asked
            ON CONFLICT (offer, account) DO UPDATE SET expires = until WHERE NOT h.sold AND h.expires <= now()
            RETURNING account, xmax = 0 AS is_fresh
        )
        SELECT array_agg(account) FILTER (WHERE is_fresh), array_agg(account) FILTER (WHERE NOT is_fresh)
            INTO fresh, anew FROM held;
        short := coalesce(cardinality(fresh), 0);
        IF short > 0 THEN short := short - take(the_offer, short); END IF;
        IF short > 0 THEN
            -- Who asked last gets none.
            WITH too_late AS (
                SELECT account FROM unnest(accounts) WITH ORDINALITY AS asked (account, place)
                WHERE account = ANY (fresh) GROUP BY account ORDER BY min(place) DESC LIMIT short
            ), gone AS (
                DELETE FROM holds USING too_late
                WHERE holds.offer = the_offer AND holds.account = too_late.account RETURNING holds.account
            )
            SELECT array_agg(account) INTO fresh FROM unnest(fresh) AS account
                WHERE account NOT IN (SELECT account FROM gone);
        END IF;
    END IF;
    RETURN (
        SELECT string_agg(
            CASE
                WHEN asked.account = ANY (fresh) OR asked.account = ANY (anew) THEN
                    CASE WHEN asked.round = 1 THEN '+' ELSE '=' END
                WHEN holds.account IS NOT NULL THEN '='
                ELSE '-'
            END, '' ORDER BY asked.place)
        FROM (
            SELECT account, place, row_number() OVER (PARTITION BY account ORDER BY place) AS round
            FROM unnest(accounts) WITH ORDINALITY AS asked (account, place)
        ) AS asked
        LEFT JOIN holds ON holds.offer = the_offer AND holds.account = asked.account
    );
END $$;

-- Many confirmations in one transaction; a character for each, as for one.
CREATE FUNCTION confirm_batch(the_offer int, accounts bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    bought bigint[];
BEGIN
    WITH mine AS (
        SELECT account FROM holds
        WHERE offer = the_offer AND account = ANY (accounts) AND NOT sold AND expires > now()
        ORDER BY account FOR UPDATE
    ), done AS (
        UPDATE holds SET sold = true FROM mine
        WHERE holds.offer = the_offer AND holds.account = mine.account RETURNING holds.account
    )
    SELECT array_agg(account) INTO bought FROM done;
    RETURN (
        SELECT string_agg(CASE WHEN account = ANY (bought) AND round = 1 THEN '!' ELSE '?' END, '' ORDER BY place)
        FROM (
            SELECT account, place, row_number() OVER (PARTITION BY account ORDER BY place) AS round
            FROM unnest(accounts) WITH ORDINALITY AS asked (account, place)
        ) AS asked
    );
END $$;
