/** The delegate agent, a C program, as Java sees it: where it is, and what it is told. */
@NullMarked
package dev.diver.deploy.agent;

import org.jspecify.annotations.NullMarked;
