// The whole words of the vocabulary made here: common English words and words of the trade, so that ordinary
// sentences become whole-word tokens. Data, no logic.

export const words: readonly string[] = `
the of and to in a is that for it as was with be by on not he his but at are this have from or had an they which
one you were all her she there would their we him been has when who will no more if out so up said what its about
than into them can only other time new some could these two may first then do any like my now over such our man me
even most made after also well did many before must years through much where your way down should because long each
just state people those too how little good world make very year still see work such men here get both between life
being under three never know same last another while us off might great old go day came right used take place small
test query question answer search find text word sentence language model data learning machine neural network deep
browser page image picture audio sound speech voice music video cat dog bird fish horse house home school city
country river sea ocean mountain tree flower garden road car train plane ship boat water fire earth air sun moon
star light dark night morning evening summer winter spring autumn red green blue white black yellow big large tiny
quick slow fast brown fox jump jumps jumped lazy run runs running walk talk read write written play sing eat drink
sleep think thought feel love hate hope fear want need give take bring send receive open close start stop begin end
hello goodbye please thank thanks yes no maybe always sometimes often friend family mother father sister brother
child children woman women girl boy king queen doctor teacher student engineer computer server client memory time
number letter paper book story news letter money price market business company office job team group government law
war peace power system science art history nature animal food bread milk tea coffee apple orange salt sugar
meeting report weather rain snow wind cloud sky street door window room table chair bed floor wall roof bridge
every few several enough again against along among around away back best better bad bad case change course
early face fact far form general hand head high idea interest kind land late left less line live low mean mind
move name next nothing number order part point problem program public real second seem set show side since social
something study sure tell thing today together toward tomorrow turn under until upon use view week whole why within
without word yesterday young zero four five six seven eight nine ten hundred thousand million`
  .split(/\s+/)
  .filter((word, i, all) => word !== '' && all.indexOf(word) === i)
