-- SPDX-FileCopyrightText: The Narrows authors
-- SPDX-License-Identifier: Apache-2.0

-- What was made out of a token, whichever of its ancestors it is.
create index decision_lineage on narrows.decision using gin (lineage);
