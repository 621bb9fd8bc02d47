/* What the table cannot say of a call's arguments. */
#pragma once

#include "execute.h"

#define PATH_LIMIT 4096

/* Whether an open, openat or creat may keep its thread waiting. */
bool open_may_wait(const struct diver_request *request);

/* Executes a call whose arguments have been checked. */
struct outcome execute_checked(uint32_t number, const uint64_t argument[6]);

/* The streams that the agent was given lie outside of the app's tree: from now on it may read and
 * write them, but not change what their files are. */
void protect_streams(void);

/* A descriptor's number may mean something else now. */
void descriptors_changed(void);
