/* What the table cannot say of a call's arguments. */
#pragma once

#include "execute.h"

/* Executes a call whose arguments have been checked. */
struct outcome execute_checked(uint32_t number, const uint64_t argument[6]);

/* A descriptor's number may mean something else now. */
void descriptors_changed(void);
