// Whether what a page says is believed, or only as far as it can be checked. Not who may join: that is the door.
/** Whose browser it is: launched or connected by this host's user, or somebody's who opened the join address. */
export type Trust = 'own' | 'joined'
