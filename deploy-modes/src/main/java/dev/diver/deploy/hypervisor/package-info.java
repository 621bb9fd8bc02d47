/** Machines as data, and what runs them: a plug-in for each hypervisor. */
@NullMarked
package dev.diver.deploy.hypervisor;

import org.jspecify.annotations.NullMarked;
