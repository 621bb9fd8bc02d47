@NullMarked
package dev.diver.deploy.hypervisor;

import org.jspecify.annotations.NullMarked;
